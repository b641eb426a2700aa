import os from 'node:os';
import type { Cell } from './entrants.ts';

/** Megabytes that training takes for each view of an image of 32 pixels, where the first layer keeps its resolution. */
const VIEW_MB: Readonly<Record<string, number>> = {
  resnet18: 20,
  resnet50: 65,
  mobilenetv2: 40,
  'vgg16-bn': 15,
  'vit-s16': 35,
};
const OTHER_MB = 65;
/** Weights, libraries and the language's own. */
const BASE_MB = 700;

/** Memory that one contestant takes at a cell, roughly: what a run may take is decided by it, nothing is reported by it. */
export const roughMegabytes = ({ model, detector, batch, size }: Cell): number => {
  // A pyramid and its heads, beside which the backbone is small.
  if (detector !== undefined) return 2 * BASE_MB + batch * (size / 32) ** 2 * 3;
  // From 64 pixels on the first layers divide the resolution by four.
  const pixels = (size / 32) ** 2 / (size > 64 ? 16 : 1);
  return BASE_MB + 2 * batch * pixels * (VIEW_MB[model] ?? OTHER_MB);
};

/** Whether so many contestants find room at once. */
export const fits = (cell: Cell, contestants: number): boolean =>
  contestants * roughMegabytes(cell) < 0.8 * (os.freemem() / 2 ** 20);

export interface Axes {
  /** Detectors over each network; none: the networks themselves. */
  readonly detectors: readonly string[];
  readonly models: readonly string[];
  readonly batches: readonly number[];
  readonly sizes: readonly number[];
}

/** Every detector over every network at every size with every batch, in this order. */
export const cells = ({ detectors, models, batches, sizes }: Axes): Cell[] => {
  const each = detectors.length > 0 ? detectors.map((detector) => ({ detector })) : [{}];
  return each.flatMap((of) =>
    models.flatMap((model) =>
      sizes.flatMap((size) => batches.map((batch) => ({ ...of, model, size, batch }))),
    ),
  );
};
