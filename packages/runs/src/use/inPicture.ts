import { framed, type PredictedBox, type Prediction } from '@understory/core';
import type { FramedImage } from '@understory/datasets';

/** Whether a box covers nothing of the picture: it lay in what fills up the network's image. */
const isOutside = ({ box: [top, left, bottom, right] }: PredictedBox): boolean =>
  bottom <= top || right <= left;

/** A prediction as it belongs to the picture itself, and not to the network's image: boxes stand in its pixels. */
export const inPicture = (prediction: Prediction, frame: FramedImage['frame']): Prediction => {
  if (prediction.kind !== 'boxes') return prediction;
  const { restoreCut } = framed(frame);
  const boxes = prediction.boxes.map((one) => ({ ...one, box: restoreCut(one.box) }));
  return { kind: 'boxes', boxes: boxes.filter((box) => !isOutside(box)) };
};
