import { mkdir } from 'node:fs/promises';
import { fileError, shownPath, UnderstoryError, type Prediction } from '@understory/core';
import {
  checkImageIds,
  cocoResults,
  drawnFiles,
  drawPrediction,
  likelyBoxes,
  percent,
  predictImages,
  predictionData,
  predictionText,
  readRun,
  type ImagePrediction,
} from '@understory/runs';
import { FAINT } from '../arguments/faint.ts';
import { say, warn } from '../output/voice.ts';
import { lasting, preparation } from '../progress.ts';
import { jsonText } from '../text.ts';

interface PredictOptions {
  readonly run: string;
  readonly top?: number;
  /** The least probability of boxes. */
  readonly threshold?: number;
  readonly format: 'text' | 'json' | 'coco';
  readonly json: boolean;
  /** A folder for drawings. */
  readonly draw?: string;
  readonly overwrite: boolean;
}

const usage = (message: string): UnderstoryError => new UnderstoryError('usage', message);

/** Errors: `usage` for options that do not go together. */
const checkOptions = ({ json, format }: PredictOptions): void => {
  if (json && format === 'coco')
    throw usage('--json prints another format than --format coco. Leave one out.');
};

/** The option that has a meaning for boxes alone. */
const boxesFor = ({ threshold, format, draw }: PredictOptions): string | undefined => {
  if (format === 'coco') return '--format coco';
  if (threshold !== undefined) return '--threshold';
  return draw === undefined ? undefined : '--draw';
};

const textOf = (prediction: Prediction, threshold = FAINT): string => {
  if (prediction.kind !== 'boxes') return predictionText(prediction);
  const { boxes, rest } = likelyBoxes(prediction.boxes, threshold);
  const told = predictionText({ kind: 'boxes', boxes });
  return rest === 0 ? told : `${told}; ${rest} under ${percent(threshold)}`;
};

const show = ({ image, prediction, problem }: ImagePrediction, threshold: number | undefined): void => {
  if (prediction) process.stdout.write(`${image}: ${textOf(prediction, threshold)}\n`);
  else warn(`${image} has no prediction. ${problem ?? ''}`);
};

/** The predictions that are asked for: all, or those of boxes of a probability. */
const asked = (one: ImagePrediction, threshold: number | undefined): ImagePrediction => {
  if (one.prediction?.kind !== 'boxes' || threshold === undefined) return one;
  const { boxes } = likelyBoxes(one.prediction.boxes, threshold);
  return { ...one, prediction: { kind: 'boxes', boxes } };
};

/** Draws predictions into the files that were found for them; nothing where no drawings are asked for. */
const drawing = async (
  images: readonly string[],
  { draw, overwrite, threshold = FAINT }: PredictOptions,
  classes: readonly string[],
): Promise<(one: ImagePrediction) => Promise<void>> => {
  if (draw === undefined) return () => Promise.resolve();
  const files = new Map(drawnFiles(images, draw, overwrite));
  await mkdir(draw, { recursive: true }).catch((error: unknown) => {
    throw fileError('write', draw, error);
  });
  return async ({ image, prediction }) => {
    const file = files.get(image);
    if (prediction?.kind !== 'boxes' || file === undefined) return;
    files.delete(image); // an image may be named twice
    const { boxes } = likelyBoxes(prediction.boxes, threshold);
    await drawPrediction({ ...{ image, file, overwrite, boxes, classes } });
  };
};

/** The same, with a call once the first one comes, or none does. */
async function* until<T>(all: AsyncIterable<T>, begun: () => void): AsyncGenerator<T> {
  try {
    for await (const one of all) {
      begun();
      yield one;
    }
  } finally {
    begun();
  }
}

/** Says how many images have no prediction, where there are others. */
const tellFailed = (all: readonly ImagePrediction[]): void => {
  const failed = all.filter(({ problem }) => problem !== undefined).length;
  if (failed === 0) return;
  process.exitCode = 1;
  if (all.length > 1) warn(`${failed} of ${all.length} images have no prediction.`);
};

/**
 * `understory predict <images…> --run <folder>`: what its network says of each image. An image that cannot be read is
 * named with its reason, the others are predicted, and the exit code is 1.
 */
export const predict = async (images: readonly string[], options: PredictOptions): Promise<void> => {
  checkOptions(options);
  const { run, top, threshold, draw } = options;
  const format = options.json ? 'json' : options.format;
  if (format === 'coco') checkImageIds(images);
  const { dataset } = (await readRun(run)).info;
  const drawn = await drawing(images, options, dataset.classes);
  const all: ImagePrediction[] = [];
  // Lines of text are progress by themselves.
  const progress = format === 'text' ? () => undefined : preparation();
  const loaded = lasting('loading the network');
  const told = (line: string): void => {
    loaded();
    say(line);
  };
  const request = { run, top, boxesFor: boxesFor(options), say: told };
  for await (const one of until(predictImages(images, request), loaded)) {
    if (format === 'text' || one.problem !== undefined) show(one, threshold);
    await drawn(one);
    all.push(asked(one, threshold));
    progress(all.length, images.length, 'images');
  }
  if (format === 'json') process.stdout.write(`${jsonText(all.map(predictionData))}\n`);
  if (format === 'coco') process.stdout.write(`${jsonText(cocoResults(all, dataset))}\n`);
  if (draw !== undefined) say(`Drawn in ${shownPath(draw)}`);
  tellFailed(all);
};
