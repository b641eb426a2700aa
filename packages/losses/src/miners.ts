import {
  add,
  argMax,
  argMin,
  cast,
  expandDims,
  gather,
  greater,
  matMul,
  mul,
  range,
  reshape,
  sub,
  sum,
  where,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import { stopGradient } from '@understory/core';
import { distance } from './distance.ts';

/** Stands for "not among the choices" in a minimum or a maximum of distances. */
const FAR = 1e30;

/** What a miner works on: unit rows and which pairs are alike. */
export interface Batch {
  /** [N, D] */
  readonly rows: Tensor2D;
  /** 1 where two different rows belong together, [N, N]. */
  readonly alike: Tensor2D;
  /** 1 where they do not, [N, N]. */
  readonly unlike: Tensor2D;
}

/** Distances of chosen triplets with 1 for those that count; three tensors of one shape. */
export interface Triplets {
  readonly near: Tensor;
  readonly far: Tensor;
  readonly valid: Tensor;
}

/** Of each row's choices the position of the smallest or the largest value. [N, N] → [N] int32. */
const smallest = (values: Tensor, choices: Tensor): Tensor1D =>
  argMin(add(values, mul(sub(1, choices), FAR)), -1);
const largest = (values: Tensor, choices: Tensor): Tensor1D =>
  argMax(sub(values, mul(sub(1, choices), FAR)), -1);

/** Distances between all rows, [N, D] → [N, N]; holds N²·D differences. */
const allDistances = (rows: Tensor2D): Tensor2D =>
  distance(expandDims(rows, 1), expandDims(rows, 0)) as Tensor2D;

/** 1 where a row has at least one choice. [N, N] → [N]. */
const hasAny = (choices: Tensor2D): Tensor1D => cast(greater(sum(choices, 1), 0), 'float32');

/** Per anchor its farthest positive and its nearest negative (Hermans et al. 2017, "batch hard"). [N]; memory N² + N·D. */
export const hardest = ({ rows, alike, unlike }: Batch): Triplets => {
  const known = stopGradient(rows);
  const cosines = matMul(known, known, false, true);
  return {
    near: distance(rows, gather(rows, smallest(cosines, alike))),
    far: distance(rows, gather(rows, largest(cosines, unlike))),
    valid: mul(hasAny(alike), hasAny(unlike)),
  };
};

/**
 * Per positive pair the nearest negative that is farther than the positive, or else the farthest negative (Schroff et
 * al. 2015, "semi-hard"). [N, N]; memory N²·D + N³.
 */
export const semiHard = ({ rows, alike, unlike }: Batch): Triplets => {
  const n = rows.shape[0];
  const apart = allDistances(rows); // [N, N]
  const known = stopGradient(apart); // choosing takes no gradient
  const near: Tensor3D = expandDims(known, 2); // [N, N, 1]
  const far: Tensor3D = expandDims(known, 1); // [N, 1, N]
  const farther = mul(cast(greater(far, near), 'float32'), expandDims(unlike, 1)); // [N, N, N]
  const one = greater(sum(farther, 2), 0); // [N, N]
  const chosen = where(one, smallest(far, farther), expandDims(largest(known, unlike), 1)); // [N, N]
  const start = mul(expandDims(range(0, n, 1, 'int32'), 1), n); // [N, 1]
  const picked = gather(reshape(apart, [n * n]), cast(reshape(add(start, chosen), [n * n]), 'int32'));
  return { near: apart, far: reshape(picked, [n, n]), valid: mul(alike, expandDims(hasAny(unlike), 1)) };
};

/** Every positive with every negative (Hermans et al. 2017, "batch all"). [N, N, N]; memory N²·D + N³. */
export const everything = ({ rows, alike, unlike }: Batch): Triplets => {
  const apart = allDistances(rows);
  const valid = mul(expandDims(alike, 2), expandDims(unlike, 1));
  return { near: expandDims(apart, 2), far: expandDims(apart, 1), valid };
};
