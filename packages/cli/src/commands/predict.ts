import { predictImages, type ImagePrediction, type PredictRequest } from '@understory/runs';
import { jsonText } from '../jsonText.ts';
import { percent, say } from '../terminal.ts';

interface PredictOptions extends Omit<PredictRequest, 'say'> {
  readonly json: boolean;
}

const show = ({ image, predictions, problem }: ImagePrediction): void => {
  const said = predictions.map((p) => `${p.class} ${percent(p.probability)}`).join(', ');
  if (problem === undefined) process.stdout.write(`${image}: ${said}\n`);
  else say(`${image} has no prediction. ${problem}`);
};

/**
 * `understory predict <images…> --run <folder>`: the likeliest classes of each image. An image that cannot be read is
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
  if (json) process.stdout.write(`${jsonText(all)}\n`);
  const failed = all.filter(({ problem }) => problem !== undefined).length;
  if (failed === 0) return;
  process.exitCode = 1;
  if (images.length > 1) say(`${failed} of ${images.length} images have no prediction.`);
};
