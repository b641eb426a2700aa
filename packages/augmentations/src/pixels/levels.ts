import {
  add,
  bincount,
  cast,
  cumsum,
  div,
  equal,
  expandDims,
  floor,
  gatherND,
  max,
  maximum,
  min,
  minimum,
  mul,
  range,
  reshape,
  sub,
  sum,
  tensor1d,
  type Tensor,
  type Tensor1D,
  type Tensor3D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { batchPositions } from './positions.ts';
import { choose, divideExactly } from './pixels.ts';

/** Levels of an 8-bit channel. A table [3, B, 256] says what becomes of each, for each channel of each image. */
export const LEVELS = 256;

const allLevels = (): Tensor => range(0, LEVELS, 1, 'float32');

/** Planes [3, B, H, W] → positions in a list of 3·B rows of 256 levels, int32, of the same shape. */
const positionsOf = (planes: Tensor4D): Tensor => {
  const [channels, batch, height, width] = planes.shape;
  const rows = reshape(planes, [channels * batch, height, width]);
  return batchPositions(rows, channels * batch, LEVELS);
};

/** Puts every value of planes [3, B, H, W] through its table [3, B, 256]. */
export const mapLevels = (planes: Tensor4D, table: Tensor): Tensor4D => {
  const values = gatherND(reshape(table, [-1]), expandDims(positionsOf(planes), 3));
  return reshape(values, planes.shape);
};

/** How often each level occurs: planes [3, B, H, W] → [3, B, 256] */
export const histograms = (planes: Tensor4D): Tensor3D => {
  const [channels, batch] = planes.shape;
  const positions: Tensor1D = reshape(positionsOf(planes), [-1]);
  const counts = bincount(positions, tensor1d([], 'float32'), channels * batch * LEVELS);
  return reshape(counts, [channels, batch, LEVELS]);
};

/** Keeps the table [3, B, 256] where `active` [3, B, 1] is 1, else every level as it is. */
const orIdentity = (active: Tensor, table: Tensor): Tensor => choose(active, table, allLevels());

const flag = (condition: Tensor): Tensor => cast(condition, 'float32');

/** Stretches the levels of each channel from 0 to 255: planes [3, B, H, W] → table [3, B, 256]. One level stays. */
export const stretchTable = (planes: Tensor4D): Tensor => {
  const low = expandDims(min(planes, [2, 3]), 2); // [3, B, 1]
  const span = sub(expandDims(max(planes, [2, 3]), 2), low);
  const table = floor(div(mul(sub(allLevels(), low), 255), maximum(span, 1)));
  return orIdentity(minimum(span, 1), minimum(maximum(table, 0), 255));
};

/** Makes all levels of each channel about equally frequent, as PIL does: planes [3, B, H, W] → table [3, B, 256]. */
export const equalizeTable = (planes: Tensor4D): Tensor => {
  const counts = histograms(planes);
  const [, , height, width] = planes.shape;
  const brightest = expandDims(max(planes, [2, 3]), 2); // [3, B, 1]
  const last = sum(mul(counts, flag(equal(allLevels(), brightest))), 2, true); // its count, [3, B, 1]
  const step = floor(divideExactly(sub(height * width, last), 255));
  const below = cumsum(counts, 2, true); // pixels darker than each level
  const table = floor(div(add(floor(div(step, 2)), below), maximum(step, 1)));
  return orIdentity(minimum(step, 1), minimum(table, 255));
};

type Level = (level: number) => number;

/** A table for one image that is known beforehand: [256]. */
export const tableOf = (change: Level): Float32Array =>
  Float32Array.from({ length: LEVELS }, (_, v) => change(v));

export const keepLevel: Level = (v) => v;
export const invertLevel: Level = (v) => 255 - v;
/** Levels from the threshold on are inverted. */
export const solarizeLevel =
  (threshold: number): Level =>
  (v) =>
    v < threshold ? v : 255 - v;
/** Only the upper bits stay. */
export const posterizeLevel =
  (bits: number): Level =>
  (v) =>
    v - (v % 2 ** (8 - bits));
