import os from 'node:os';
import type { Cell } from './entrants.ts';

/** Megabytes that training takes for each view of an image of 32 pixels, where the first layer keeps its resolution. */
const VIEW_MB: Readonly<Record<string, number>> = { resnet18: 20, resnet50: 65, mobilenetv2: 40 };
const OTHER_MB = 65;
/** Weights, libraries and the language's own. */
const BASE_MB = 700;

/** Memory that one contestant takes at a cell, roughly: what a run may take is decided by it, nothing is reported by it. */
export const roughMegabytes = ({ model, batch, size }: Cell): number => {
  // From 64 pixels on the first layers divide the resolution by four.
  const pixels = (size / 32) ** 2 / (size > 64 ? 16 : 1);
  return BASE_MB + 2 * batch * pixels * (VIEW_MB[model] ?? OTHER_MB);
};

/** Whether so many contestants find room at once. */
export const fits = (cell: Cell, contestants: number): boolean =>
  contestants * roughMegabytes(cell) < 0.8 * (os.freemem() / 2 ** 20);

export interface Axes {
  readonly models: readonly string[];
  readonly batches: readonly number[];
  readonly sizes: readonly number[];
}

/** Every network at every size with every batch, in this order. */
export const cells = ({ models, batches, sizes }: Axes): Cell[] =>
  models.flatMap((model) => sizes.flatMap((size) => batches.map((batch) => ({ model, size, batch }))));
