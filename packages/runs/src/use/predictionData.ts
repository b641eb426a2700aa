import type { Prediction } from '@understory/core';
import type { ImagePrediction } from './predictImages.ts';

/** How much of a map each class takes, the largest first; pixels of no class are left out. */
export const mapShares = (
  prediction: Prediction & { readonly kind: 'map' },
): readonly { readonly class: string; readonly share: number }[] => {
  const { classes, map } = prediction;
  const counts = new Int32Array(classes.length);
  for (const c of map) if (c >= 0 && c < counts.length) counts[c]! += 1;
  return classes
    .map((name, c) => ({ class: name, share: counts[c]! / map.length }))
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share);
};

/** Lengths of equal numbers in a row: [class, length, class, length, …]. */
const runLengths = (map: Int32Array): number[] => {
  const runs: number[] = [];
  for (const c of map) {
    if (runs.at(-2) === c) runs[runs.length - 1]! += 1;
    else runs.push(c, 1);
  }
  return runs;
};

/** A prediction as JSON, without the image that it is of: see `predictionData`. */
export const dataOf = (prediction: Prediction, imageSize: ImagePrediction['size']): object => {
  if (prediction.kind === 'class') return { predictions: prediction.classes };
  if (prediction.kind === 'labels') return { labels: prediction.chosen, predictions: prediction.labels };
  if (prediction.kind === 'boxes') return { ...(imageSize && { size: imageSize }), boxes: prediction.boxes };
  const { classes, size, map } = prediction;
  return { shares: mapShares(prediction), classes, size, runs: runLengths(map) };
};

/**
 * A prediction as JSON for programs. Classes: `predictions`, the likeliest first. Labels: `labels` that the image has, and
 * `predictions` of all. Maps: `shares` of the classes, `size`, and row after row of the map as `runs` [class, length, …] in
 * the order of `classes`. Boxes: `boxes` [top, left, bottom, right] in pixels of the
 * image, whose `size` is [height, width].
 */
export const predictionData = ({ image, prediction, size, problem }: ImagePrediction): object => ({
  image,
  ...(prediction ? dataOf(prediction, size) : { predictions: [] }),
  ...(problem !== undefined && { problem }),
});
