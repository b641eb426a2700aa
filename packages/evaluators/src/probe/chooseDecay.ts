import { positionsByClass, UnderstoryError } from '@understory/core';
import { rightShare } from '../logits.ts';
import { matrixOf, type Matrix } from '../matrix.ts';
import { fitProbe, type Probe, type ProbeOptions } from './fitProbe.ts';
import { probeLogits } from './probeLogits.ts';

/** Decays that are tried, the strongest first. */
export const DECAYS: readonly number[] = [1e2, 1e1, 1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6];

/** Of each class every fifth sample is held out. */
const HELD_OUT = 5;

const rowsAt = ({ columns, data }: Matrix, positions: readonly number[]): Matrix => {
  const rows = new Float64Array(positions.length * columns);
  positions.forEach((position, i) =>
    rows.set(data.subarray(position * columns, (position + 1) * columns), i * columns),
  );
  return matrixOf(rows, positions.length, columns);
};

/** Errors: `empty` where no class has enough samples that one of them can be held out. */
export const mustHoldOut = (labels: Int32Array, classes: number): void => {
  if (positionsByClass(labels).some(({ length }) => length >= HELD_OUT)) return;
  throw new UnderstoryError(
    'empty',
    `None of ${classes} classes has ${HELD_OUT} samples, so none can be held out to choose a decay by. Give a number.`,
  );
};

/**
 * The decay of a probe that is right most often on a fifth of each class's samples, learned from the others: of 1e-6 to 1e2 in
 * steps of ten, of equal ones the strongest. Errors: `empty` where no class has five samples; those of `fitProbe`.
 */
export const chooseDecay = async (
  features: Matrix,
  labels: Int32Array,
  classes: number,
  options: Pick<ProbeOptions, 'steps' | 'tolerance'> & {
    readonly onProgress?: (done: number, total: number) => void;
  } = {},
): Promise<number> => {
  mustHoldOut(labels, classes);
  const places = positionsByClass(labels).flatMap((all) =>
    Array.from(all, (position, i) => ({ position, i })),
  );
  const held = places.filter(({ i }) => i % HELD_OUT === HELD_OUT - 1).map(({ position }) => position);
  const kept = places.filter(({ i }) => i % HELD_OUT !== HELD_OUT - 1).map(({ position }) => position);
  const labelsAt = (positions: readonly number[]): Int32Array =>
    Int32Array.from(positions, (position) => labels[position]!);
  const [learned, truth] = [labelsAt(kept), labelsAt(held)];
  const [known, asked] = [rowsAt(features, kept), rowsAt(features, held)];
  let best = { decay: DECAYS[0]!, right: -1 };
  let start: Probe | undefined;
  for (const [i, decay] of DECAYS.entries()) {
    start = await fitProbe(known, learned, classes, { ...options, decay, ...(start && { start }) });
    const right = rightShare(await probeLogits(start, asked), truth, classes);
    if (right > best.right) best = { decay, right };
    options.onProgress?.(i + 1, DECAYS.length);
  }
  return best.decay;
};
