import { rankedClasses, uint8, UnderstoryError, type Step } from '@understory/core';
import type { Say } from '../listeners.ts';
import { readTrained, type Trained } from '../load/loadNetwork.ts';
import { openTrained, type OpenedNetwork } from '../load/openTrained.ts';
import { openRegistry } from '../session.ts';
import { decodeImages } from './decodeImages.ts';

export interface Likely {
  readonly class: string;
  readonly probability: number;
}

/** What is said of an image: its likeliest classes, the first one first, or why it has none. */
export interface ImagePrediction {
  readonly image: string;
  readonly predictions: readonly Likely[];
  readonly problem?: string;
}

export interface PredictRequest {
  /** A run's folder. */
  readonly run: string;
  /** How many classes are named; 3, or all where there are fewer. */
  readonly top?: number;
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

/** Undefined where the logits name no class, since such a network says nothing. */
const likeliest = (
  logits: ArrayLike<number>,
  classes: readonly string[],
  count: number,
): readonly Likely[] | undefined => {
  const ranked = rankedClasses(logits).slice(0, count);
  if (ranked.length === 0) return undefined;
  return ranked.map(({ index, probability }) => ({ class: classes[index] ?? `class ${index}`, probability }));
};

/** The likeliest classes of one image, `pixels` [H, W, 3]. */
const predictOne = async (
  step: Step,
  pixels: Uint8Array,
  { info: { dataset } }: Trained,
  count: number,
): Promise<Omit<ImagePrediction, 'image'>> => {
  const { logits } = await step.run({ images: uint8(pixels, [1, ...dataset.size, 3]) });
  const predictions = logits && likeliest(logits.data, dataset.classes, count);
  return predictions ? { predictions } : { predictions: [], problem: NOT_FINITE };
};

/**
 * The likeliest classes of each image by a run's best weights, in order. An image that cannot be read comes with its
 * reason. The engine is loaded for the first sound one. Errors: those of `readTrained`, and `options` where `top` is more
 * than there are classes.
 */
export async function* predictImages(
  images: readonly string[],
  { run, top, say }: PredictRequest,
): AsyncGenerator<ImagePrediction> {
  const trained = await readTrained(run, 'best');
  const { config, folder, dataset } = trained.info;
  const count = countOf(top, dataset.classes.length);
  let opened: OpenedNetwork | undefined;
  try {
    for await (const image of decodeImages(images, dataset.size)) {
      if ('problem' in image) yield { image: image.file, predictions: [], problem: image.problem };
      else {
        opened ??= await openTrained(await openRegistry(config.plugins, folder), trained, say);
        yield { image: image.file, ...(await predictOne(opened.step, image.pixels, trained, count)) };
      }
    }
  } finally {
    opened?.close();
  }
}
