import type { Insight, Named } from '@understory/core';
import type { Summary } from '../../eventFile.ts';
import { histogramOf } from '../../histogramOf.ts';

/** Numbers of a weight that are looked at, at even distances where it has more. */
const MOST = 65_536;

const some = ({ data }: { readonly data: ArrayLike<number> }): Float32Array => {
  const count = Math.min(MOST, data.length);
  return Float32Array.from({ length: count }, (_, i) => data[Math.floor((i * data.length) / count)] ?? NaN);
};

const summaries = (prefix: string, values: Named<ArrayLike<number>>): Summary[] =>
  Object.entries(values).map(([name, numbers]) => ({
    tag: `${prefix}/${name}`,
    histogram: histogramOf(numbers),
  }));

/** What one step made of weights: those after it, less those before. */
const changes = (before: Named<Float32Array>, after: Named<Float32Array>): Named<Float32Array> =>
  Object.fromEntries(
    Object.entries(after).map(([name, values]) => [
      name,
      values.map((value, i) => value - (before[name]?.[i] ?? NaN)),
    ]),
  );

/** Tells after a step how weights and gradients are spread, and by how much the step moved weights; nothing after most steps. */
export type WeightHistograms = (step: number) => Promise<Summary[]>;

/**
 * Looks at weights and gradients every so many steps (2 or more), and at weights once before each look: the difference is what the
 * optimizer made of that step's gradients.
 */
export const weightHistograms = ({ weights, gradients }: Insight, every: number): WeightHistograms => {
  let before: Named<Float32Array> | undefined;
  const look = async (arrays = weights): Promise<Named<Float32Array>> =>
    Object.fromEntries(Object.entries(await arrays()).map(([name, array]) => [name, some(array)]));
  return async (step) => {
    const left = every - 1 - (step % every);
    if (left > 1) return [];
    const now = await look();
    const last = before;
    before = left === 1 ? now : undefined;
    if (left === 1) return [];
    return [
      ...summaries('weights', now),
      ...summaries('gradients', await look(gradients)),
      ...(last ? summaries('updates', changes(last, now)) : []),
    ];
  };
};
