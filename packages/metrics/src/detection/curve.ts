/** A point of a precision-recall curve. */
export interface PrecisionPoint {
  readonly recall: number;
  /** Best precision at this recall or a higher one, 0 where so much is not found. */
  readonly precision: number;
  /** From which probability on detections reach this recall, 0 where they do not. */
  readonly probability: number;
}

/** Mean of those that are numbers; NaN of none. */
export const mean = (values: readonly number[]): number => {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.reduce((a, b) => a + b, 0) / known.length;
};
