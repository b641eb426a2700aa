import type { NamedProbability, PredictedBox, Prediction } from '@understory/core';
import { mapShares } from './predictionData.ts';

/** `62.5 %`; a number that is not finite by its name, which is no percentage: `NaN`. */
export const percent = (fraction: number, digits = 1): string =>
  Number.isFinite(fraction) ? `${(100 * fraction).toFixed(digits)} %` : String(fraction);

/** Units of which there are whole ones alone. */
const COUNTED = ['classes', 'labels', 'queries', 'images'];

/** A metric's number: a percentage, or in its unit where it is no fraction: `2.303 nats`, `9 classes`. */
export const metricText = (value: number, unit?: string): string => {
  if (unit === undefined) return percent(value);
  const whole = COUNTED.includes(unit) || !Number.isFinite(value);
  return `${whole ? String(value) : value.toPrecision(4)} ${unit}`.trimEnd();
};

const listed = (all: readonly NamedProbability[]): string =>
  all.map((p) => `${p.class} ${percent(p.probability)}`).join(', ');

/** Boxes of at least a probability, and how many there are beside. */
export const likelyBoxes = (
  boxes: readonly PredictedBox[],
  threshold: number,
): { readonly boxes: readonly PredictedBox[]; readonly rest: number } => {
  const likely = boxes.filter(({ probability }) => probability >= threshold);
  return { boxes: likely, rest: boxes.length - likely.length };
};

/** What a network says of an image, in a line. */
export const predictionText = (prediction: Prediction): string => {
  switch (prediction.kind) {
    case 'class':
      return listed(prediction.classes);
    case 'labels':
      return listed(prediction.labels.filter((p) => prediction.chosen.includes(p.class))) || 'no label';
    case 'map':
      return mapShares(prediction)
        .map((s) => `${s.class} ${percent(s.share)} of the image`)
        .join(', ');
    case 'boxes':
      return (
        prediction.boxes
          .map(({ box, ...p }) => `${listed([p])} at ${box.map((side) => side.toFixed(0)).join(' ')}`)
          .join(', ') || 'no box'
      );
  }
};
