/** A mean over those of some numbers that there are: what is 0/0 is left out, and counted. */
export interface Mean {
  /** NaN where there are none. */
  readonly value: number;
  /** How many numbers it is the mean of. */
  readonly of: number;
  /** How many there could have been. */
  readonly all: number;
}

/** Mean of the numbers that are not NaN. */
export const meanOfKnown = (values: ArrayLike<number>): Mean => {
  let [sum, of] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN;
    if (Number.isNaN(value)) continue;
    sum += value;
    of += 1;
  }
  return { value: sum / of, of, all: values.length };
};
