import { inferenceStep, uint8, UnderstoryError, type Step } from '@understory/core';
import { jsonText } from '../jsonText.ts';
import {
  networkOfTrained,
  readTrained,
  type Trained,
  likeliest,
  type Likely,
  openRegistry,
  openRunner,
} from '@understory/runs';
import { decodeImages, type Decoded, type NotDecoded } from '../predict/decodeImages.ts';
import { percent } from '../terminal.ts';

interface PredictOptions {
  readonly run: string;
  readonly top?: number;
  readonly json: boolean;
}

/** Classes that are named where nothing is said. */
const TOP = 3;

/** What is said of an image: its likeliest classes, or why it has none. */
interface Answer {
  readonly image: string;
  readonly predictions: readonly Likely[];
  readonly problem?: string;
}

const countOf = (top: number | undefined, classes: number): number => {
  if (top === undefined || top <= classes) return Math.min(top ?? TOP, classes);
  throw new UnderstoryError(
    'options',
    `--top is ${top}, but the run knows ${classes} classes. Ask for ${classes} at most.`,
  );
};

interface Opened {
  readonly step: Step;
  readonly close: () => void;
}

const open = async (trained: Trained): Promise<Opened> => {
  const { config, folder, dataset } = trained.info;
  const registry = await openRegistry(config.plugins, folder);
  const runner = await openRunner(config.engine);
  const network = await networkOfTrained(registry, runner, trained);
  return {
    step: runner.step('infer', inferenceStep(network, dataset.normalization)),
    close: () => runner.dispose(),
  };
};

const show = ({ image, predictions, problem }: Answer): void => {
  const said = predictions.map((p) => `${p.class} ${percent(p.probability)}`).join(', ');
  if (problem === undefined) process.stdout.write(`${image}: ${said}\n`);
  else process.stderr.write(`${image} has no prediction. ${problem}\n`);
};

/**
 * `understory predict <images…> --run <folder>`: the likeliest classes of each image. An image that cannot be read is
 * named with its reason, the others are predicted, and the exit code is 1. TensorFlow is loaded for the first sound one.
 */
export const predictImages = async (
  images: readonly string[],
  { run: folder, top, json }: PredictOptions,
): Promise<void> => {
  const trained = await readTrained(folder, 'best');
  const { classes, size } = trained.info.dataset;
  const count = countOf(top, classes.length);
  let opened: Opened | undefined;
  const answer = async (image: Decoded | NotDecoded): Promise<Answer> => {
    if ('problem' in image) return { image: image.file, predictions: [], problem: image.problem };
    opened ??= await open(trained);
    const { logits } = await opened.step.run({ images: uint8(image.pixels, [1, ...size, 3]) });
    const predictions = likeliest(logits!.data, classes, count);
    if (predictions) return { image: image.file, predictions };
    const problem = 'The network answers with numbers that are not finite: its weights are spoilt.';
    return { image: image.file, predictions: [], problem };
  };
  const answers: Answer[] = [];
  try {
    for await (const image of decodeImages(images, size)) {
      const one = await answer(image);
      answers.push(one);
      if (!json || one.problem !== undefined) show(one);
    }
  } finally {
    opened?.close();
  }
  if (json) process.stdout.write(`${jsonText(answers)}\n`);
  const failed = answers.filter(({ problem }) => problem !== undefined).length;
  if (failed === 0) return;
  process.exitCode = 1;
  if (images.length > 1) process.stderr.write(`${failed} of ${images.length} images have no prediction.\n`);
};
