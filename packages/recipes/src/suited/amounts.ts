import { count } from '@understory/core';

/** A value that was chosen for a config, and why, in a few words. */
export interface Chosen<T> {
  readonly value: T;
  readonly why: string;
}

/** Side above which images are photographs to a recipe: ImageNet's views, stem and rate; CIFAR's up to it. */
export const PHOTO_SIDE = 64;

/** Whether images of this size, [height, width] in pixels, are treated as photographs. */
export const isPhoto = (size: readonly [number, number]): boolean => Math.max(...size) > PHOTO_SIDE;

/** Images that a run shows where nothing else bounds its epochs: the tables' 20 epochs of 5,000. */
const SHOWN = 100_000;
const EPOCHS = { least: 20, most: 60 };

/** Epochs by the number of training images. */
export const suitedEpochs = (images: number): Chosen<number> => {
  const value = Math.min(EPOCHS.most, Math.max(EPOCHS.least, Math.round(SHOWN / Math.max(1, images))));
  const bound =
    value === EPOCHS.most
      ? 'the most, for '
      : value === EPOCHS.least
        ? 'the least, for '
        : `${count(SHOWN)} images shown in all, of `;
  return { value, why: `${bound}${count(images)} training images` };
};

/** The power of two that is nearest on a scale of doublings. */
const nearestPower = (n: number): number => 2 ** Math.round(Math.log2(n));
const powerBelow = (n: number): number => 2 ** Math.floor(Math.log2(n));

/** Steps of an epoch that a batch leaves, about. */
const STEPS = 64;
/** Least batch: batch norm and contrast need company. Most: the official batches. */
const BATCH = { least: 16, most: 128, mostPhotos: 256 };

export interface Room {
  /** Bytes that a step may take. */
  readonly bytes: number;
  /** Bytes that an image takes in a step, in all of its views. */
  readonly perImage: number;
}

/** Training images a step, by how many there are and by the memory. */
export const suitedBatch = (images: number, photos: boolean, { bytes, perImage }: Room): Chosen<number> => {
  const most = photos ? BATCH.mostPhotos : BATCH.most;
  const wanted = Math.min(most, Math.max(BATCH.least, nearestPower(images / STEPS)));
  const few = Math.max(1, images);
  const fits = Math.max(2, powerBelow(Math.max(2, bytes / perImage)));
  const value = Math.min(wanted, fits, few);
  if (value === few && few < wanted) return { value, why: `all ${count(images)} training images` };
  if (value < wanted) {
    const each = (perImage / 1e6).toFixed(0);
    return { value, why: `${each} MB an image in a step, and ${(bytes / 1e9).toFixed(1)} GB for it` };
  }
  const bound =
    value === most
      ? 'the official batch'
      : value === BATCH.least
        ? 'the least'
        : `about ${STEPS} steps an epoch`;
  return { value, why: `${bound}, for ${count(images)} training images` };
};
