import { UnderstoryError } from '@understory/core';
import { exitAccuracy, exitOutcome, leaveAt, type Exit, type ExitOutcome } from './exits.ts';

/**
 * Thresholds at which given shares of all samples leave: θ_e is the confidence of the ⌊share·N + ½⌋-th surest of the samples that
 * are still there, so that equal ones leave together. An exit whose share rounds to nothing has Infinity: nobody leaves there. The
 * last share is what remains, and is not looked at. Fit them on validation. Errors: those of `exitOutcome`.
 */
export const thresholdsOfShares = (exits: readonly Exit[], shares: readonly number[]): number[] => {
  if (shares.length !== exits.length || !shares.every((share) => share >= 0 && share <= 1))
    throw new UnderstoryError(
      'bad-option',
      `Shares [${shares.join(', ')}] are not those of ${exits.length} exits. Give one from 0 to 1 for each.`,
    );
  const never = exits.slice(1).map(() => Infinity);
  return shares.slice(0, -1).reduce<number[]>((thresholds, share, e) => {
    const places = leaveAt(exits, thresholds);
    const inside = Array.from(exits[e]!.confidence).filter((_, i) => places[i] === exits.length - 1);
    const wanted = Math.floor(share * places.length + 0.5);
    const least = inside.sort((a, b) => b - a)[Math.min(wanted, inside.length) - 1];
    return thresholds.map((threshold, i) => (i === e ? (least ?? Infinity) : threshold));
  }, never);
};

/** What one threshold at all exits leads to. */
export interface CurvePoint extends ExitOutcome {
  readonly threshold: number;
}

/** Thresholds of a curve: 0 to 1 in steps of a hundredth, and Infinity, by which all go to the end. */
export const CURVE: readonly number[] = [...Array.from({ length: 101 }, (_, i) => i / 100), Infinity];

/** Accuracy against mean cost as one threshold for all exits rises. Errors: those of `exitOutcome`. */
export const exitCurve = (exits: readonly Exit[], thresholds: readonly number[] = CURVE): CurvePoint[] =>
  thresholds.map((threshold) => ({
    threshold,
    ...exitOutcome(
      exits,
      exits.slice(1).map(() => threshold),
    ),
  }));

/**
 * Of a curve's thresholds the one of least mean cost at which as many samples are named rightly as by the end of the network alone;
 * of equal ones the highest. Infinity always is such a one. Choose it on validation. Errors: those of `exitOutcome`.
 */
export const chooseThreshold = (
  exits: readonly Exit[],
  thresholds: readonly number[] = CURVE,
): CurvePoint => {
  const points = exitCurve(exits, [...thresholds, Infinity]);
  const whole = exitAccuracy(exits.at(-1)!);
  return points
    .filter(({ accuracy }) => accuracy >= whole)
    .reduce((best, point) => (point.cost <= best.cost ? point : best), points.at(-1)!);
};
