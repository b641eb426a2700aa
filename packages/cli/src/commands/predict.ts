import {
  predictImages,
  predictionData,
  predictionText,
  type ImagePrediction,
  type PredictRequest,
} from '@understory/runs';
import { say } from '../terminal.ts';
import { jsonText } from '../text.ts';

interface PredictOptions extends Omit<PredictRequest, 'say'> {
  readonly json: boolean;
}

const show = ({ image, prediction, problem }: ImagePrediction): void => {
  if (prediction) process.stdout.write(`${image}: ${predictionText(prediction)}\n`);
  else say(`${image} has no prediction. ${problem ?? ''}`);
};

/**
 * `understory predict <images…> --run <folder>`: what its network says of each image. An image that cannot be read is
 * named with its reason, the others are predicted, and the exit code is 1.
 */
export const predict = async (
  images: readonly string[],
  { json, ...options }: PredictOptions,
): Promise<void> => {
  const all: ImagePrediction[] = [];
  for await (const one of predictImages(images, { ...options, say })) {
    all.push(one);
    if (!json || one.problem !== undefined) show(one);
  }
  if (json) process.stdout.write(`${jsonText(all.map(predictionData))}\n`);
  const failed = all.filter(({ problem }) => problem !== undefined).length;
  if (failed === 0) return;
  process.exitCode = 1;
  if (images.length > 1) say(`${failed} of ${images.length} images have no prediction.`);
};
