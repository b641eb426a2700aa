/** What stops runs early: nothing, the median rule, or successive halving. */
export type StopRule = 'none' | 'median' | 'asha';

/** A run's measure after each of its epochs, turned so that more is better. */
export type Curve = readonly number[];

/** Earlier runs without which nothing is judged. */
const ENOUGH = 4;
/** One of so many runs goes on from rung to rung. */
const KEPT_OF = 3;

const value = (curve: Curve, epoch: number): number => {
  const at = curve[epoch];
  return at === undefined || Number.isNaN(at) ? -Infinity : at;
};

/** The best until an epoch, 0 …, with that epoch: a run that once was good may waver. */
const bestUntil = (curve: Curve, epoch: number): number =>
  curve.slice(0, epoch + 1).reduce((best, _, at) => Math.max(best, value(curve, at)), -Infinity);

/** What the k-th best of those earlier runs had reached that came to an epoch; undefined of too few. */
const reached = (
  earlier: readonly Curve[],
  epoch: number,
  rank: (n: number) => number,
): number | undefined => {
  const values = earlier.filter(({ length }) => length > epoch).map((curve) => bestUntil(curve, epoch));
  return values.length < ENOUGH ? undefined : values.sort((a, b) => b - a)[rank(values.length)];
};

const isRung = (epoch: number, grace: number): boolean => {
  for (let rung = grace; rung <= epoch; rung *= KEPT_OF) if (rung === epoch) return true;
  return false;
};

/** What a run has to reach after each epoch to go on, turned so that more is better; where nothing is said it goes on. */
export type Bars = readonly (number | undefined)[];

export interface Stopping {
  readonly stop: StopRule;
  /** Epochs that every run has. */
  readonly grace: number;
}

/**
 * Bars for a run of so many epochs, from the curves of earlier ones. `median`: from `grace` epochs on, what half of them had
 * reached (Golovin et al. 2017). `asha`: after grace, 3 · grace, 9 · grace … epochs, what the best third had reached
 * (asynchronous successive halving, Li et al. 2020, as one stops by it). None after the last epoch, which has cost all there is.
 */
export const barsOf = ({ stop, grace }: Stopping, epochs: number, earlier: readonly Curve[]): Bars =>
  Array.from({ length: Math.max(0, epochs - 1) }, (_, epoch) => {
    if (stop === 'median' && epoch + 1 >= grace) return reached(earlier, epoch, (n) => Math.ceil(n / 2) - 1);
    if (stop === 'asha' && isRung(epoch + 1, grace))
      return reached(earlier, epoch, (n) => Math.ceil(n / KEPT_OF) - 1);
    return undefined;
  });

/** The first epoch, 0 …, after which a run is below its bar. */
export const stoppedAfter = (curve: Curve, bars: Bars): number | undefined => {
  const epoch = curve.findIndex((_, at) => {
    const bar = bars[at];
    return bar !== undefined && bestUntil(curve, at) < bar;
  });
  return epoch < 0 ? undefined : epoch;
};
