import type { NdArrays } from '@understory/core';
import { likeliest } from './likeliest.ts';
import { MASK } from './task.ts';

/** Of a split's pixels: what is true and what was said. Its memory does not grow with the images. */
export interface PixelCounts {
  /** By true class (row) and said class (column) [C · C]. */
  readonly confused: Float64Array;
  /** Pixels of each true class for which nothing was said [C]. */
  readonly unsaid: Float64Array;
}

export const noCounts = (classes: number): PixelCounts => ({
  confused: new Float64Array(classes * classes),
  unsaid: new Float64Array(classes),
});

/** Adds the pixels of a batch that have a class. */
export const addPixels = ({ confused, unsaid }: PixelCounts, outputs: NdArrays, targets: NdArrays): void => {
  const classes = unsaid.length;
  const said = likeliest(outputs['probabilities']!.data, classes);
  const truth = targets[MASK]!.data;
  for (let p = 0; p < said.length; p++) {
    const label = truth[p]!;
    if (label < 0 || label >= classes) continue;
    if (said[p]! < 0) unsaid[label]! += 1;
    else confused[label * classes + said[p]!]! += 1;
  }
};

/** Intersection over union of each class; NaN where a class is neither there nor said. */
export const iouByClass = ({ confused, unsaid }: PixelCounts): number[] =>
  Array.from(unsaid, (missed, c) => {
    let union = missed;
    for (let other = 0; other < unsaid.length; other++) {
      union += confused[c * unsaid.length + other]!;
      if (other !== c) union += confused[other * unsaid.length + c]!;
    }
    return confused[c * unsaid.length + c]! / union;
  });
