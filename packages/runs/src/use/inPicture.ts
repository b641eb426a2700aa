import type { PredictedBox, Prediction } from '@understory/core';
import type { FramedImage } from '@understory/datasets';

type Sides = PredictedBox['box'];

const within = (value: number, most: number): number =>
  // NaN stays what it is: a box that is spoilt is told as such.
  value < 0 ? 0 : value > most ? most : value;

/** A box in pixels of the picture itself, cut at its edges. */
const restored = (
  [top, left, bottom, right]: Sides,
  [y, x, low, far, height, width]: FramedImage['frame'],
): Sides => {
  const [down, across] = [height / (low - y), width / (far - x)];
  return [
    within((top - y) * down, height),
    within((left - x) * across, width),
    within((bottom - y) * down, height),
    within((right - x) * across, width),
  ];
};

/** Whether a box covers nothing of the picture: it lay in what fills up the network's image. */
const isOutside = ({ box: [top, left, bottom, right] }: PredictedBox): boolean =>
  bottom <= top || right <= left;

/** A prediction as it belongs to the picture itself, and not to the network's image: boxes stand in its pixels. */
export const inPicture = (prediction: Prediction, frame: FramedImage['frame']): Prediction => {
  if (prediction.kind !== 'boxes') return prediction;
  const boxes = prediction.boxes.map((one) => ({ ...one, box: restored(one.box, frame) }));
  return { kind: 'boxes', boxes: boxes.filter((box) => !isOutside(box)) };
};
