import { rowAt, uint8, UnderstoryError, type Prediction, type Task } from '@understory/core';
import type { Say } from '../listeners.ts';
import { readTrained, type Trained } from '../load/loadNetwork.ts';
import { openTrained, type OpenedNetwork } from '../load/openTrained.ts';
import { openRegistry } from '../session.ts';
import { decodeImages, type Decoded } from './decodeImages.ts';
import { inPicture } from './inPicture.ts';
import { isSound } from './isSound.ts';

/** What is said of an image, or why nothing is. */
export interface ImagePrediction {
  readonly image: string;
  /** Boxes stand in pixels of the image itself, as it is to be seen. */
  readonly prediction?: Prediction;
  /** [height, width] of the image as it is to be seen. */
  readonly size?: readonly [number, number];
  readonly problem?: string;
}

export interface PredictRequest {
  /** A run's folder. */
  readonly run: string;
  /** How many classes are named, of a task of one class an image; 3, or all where there are fewer. */
  readonly top?: number | undefined;
  /** What asks for boxes, `--threshold`: refused where the task says something else. */
  readonly boxesFor?: string | undefined;
  readonly say: Say;
}

const TOP = 3;

const countOf = (top: number | undefined, classes: number): number => {
  if (top === undefined || top <= classes) return Math.min(top ?? TOP, classes);
  throw new UnderstoryError(
    'options',
    `--top is ${top}, but the run knows ${classes} classes. Ask for ${classes} at most.`,
  );
};

const NOT_FINITE = 'The network answers with numbers that are not finite: its weights are spoilt.';

/** The first classes of a prediction; all of what another task says, of which `top` cannot choose. */
const topOf = (prediction: Prediction, { name }: Task, classes: number, top?: number): Prediction => {
  if (prediction.kind === 'class')
    return { ...prediction, classes: prediction.classes.slice(0, countOf(top, classes)) };
  if (top === undefined) return prediction;
  throw new UnderstoryError(
    'options',
    `--top chooses among classes of which an image has one; task "${name}" says something else. Leave --top out.`,
  );
};

const mustSayBoxes = (prediction: Prediction, { name }: Task, what: string | undefined): void => {
  if (what === undefined || prediction.kind === 'boxes') return;
  throw new UnderstoryError(
    'options',
    `${what} is about boxes; task "${name}" says something else of an image. Leave ${what} out.`,
  );
};

/** What a task says of one image. */
const predictOne = async (
  { step, task }: OpenedNetwork,
  { pixels, size, frame }: Decoded,
  { info: { dataset } }: Trained,
  { top, boxesFor }: Pick<PredictRequest, 'top' | 'boxesFor'>,
): Promise<Omit<ImagePrediction, 'image'>> => {
  const { classes } = dataset;
  const outputs = rowAt(await step.run({ images: uint8(pixels, [1, ...size, 3]) }), 0);
  const prediction = task.decode(outputs, { classes, size });
  mustSayBoxes(prediction, task, boxesFor);
  if (!isSound(prediction, outputs)) return { problem: NOT_FINITE };
  const told = topOf(prediction, task, classes.length, top);
  return { prediction: inPicture(told, frame), size: [frame[4], frame[5]] };
};

/**
 * What a run's task says of each image by its best weights, in order. An image that cannot be read comes with its
 * reason. The engine is loaded for the first sound one. Errors: those of `readTrained`, and `options` where `top` is more
 * than there are classes, or the task is not one of one class an image, or not of boxes where boxes are asked for.
 */
export async function* predictImages(
  images: readonly string[],
  { run, top, boxesFor, say }: PredictRequest,
): AsyncGenerator<ImagePrediction> {
  const trained = await readTrained(run, 'best');
  const { config, folder, dataset } = trained.info;
  countOf(top, dataset.classes.length);
  let opened: OpenedNetwork | undefined;
  try {
    for await (const image of decodeImages(images, dataset)) {
      if ('problem' in image) yield { image: image.file, problem: image.problem };
      else {
        opened ??= await openTrained(await openRegistry(config.plugins, folder), trained, say, {
          folded: true,
        });
        yield { image: image.file, ...(await predictOne(opened, image, trained, { top, boxesFor })) };
      }
    }
  } finally {
    opened?.close();
  }
}
