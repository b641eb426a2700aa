import { cifarViews, imagenetViews } from '@understory/augmentations';
import type { ViewSpecs } from '@understory/config';
import type { Spec } from '@understory/core';
import { isPhoto, PHOTO_SIDE, type Chosen } from './amounts.ts';

/** Rate of the official recipes and the batch that it is for; other batches scale it. */
const OFFICIAL = { rate: 0.1, small: 128, photos: 256 };

/** Share of the epochs in which the rate rises. */
const WARM_UP = 1 / 20;

/** Four digits are enough for a rate that people read. */
const rounded = (rate: number): number => Number(rate.toPrecision(4));

export interface SchedulePlan {
  readonly epochs: number;
  /** Images of a step that changes the weights once. */
  readonly batch: number;
  readonly photos: boolean;
  /** Options that the config names. */
  readonly given: { readonly rate?: unknown; readonly warmupEpochs?: unknown };
}

/** Half a cosine from the official rate, scaled with the batch, after a warm-up. */
export const suitedSchedule = ({ epochs, batch, photos, given }: SchedulePlan): Chosen<Spec> => {
  const official = photos ? OFFICIAL.photos : OFFICIAL.small;
  const rate = rounded((OFFICIAL.rate * batch) / official);
  const warmupEpochs = Math.min(epochs - 1, Math.max(1, Math.round(epochs * WARM_UP)));
  const said = given.rate === undefined ? `rate ${OFFICIAL.rate} at ${official} images, by the batch` : '';
  const warm = given.warmupEpochs === undefined ? 'warm-up of a twentieth of the epochs' : '';
  return {
    value: ['cosine', { rate, warmupEpochs, ...given }],
    why: [said, warm].filter((words) => words !== '').join('; ') || 'falls over all epochs',
  };
};

/** Fewest epochs in which cutting out a part of each image pays (the paper's recipe has 300). */
const CUTOUT_EPOCHS = 100;

/** Official CIFAR views for another side: their 4 pixels of padding and 16 of cutout are of 32. */
const cifarAt = (side: number, cutout: boolean): ViewSpecs =>
  cifarViews().map((view) =>
    view.flatMap((spec): Spec[] => {
      if (typeof spec === 'string') return [spec];
      const [name, options] = spec;
      if (name === 'crop') return [[name, { ...options, pad: Math.max(1, Math.round(side / 8)) }]];
      if (name !== 'cutout') return [spec];
      return cutout ? [[name, { ...options, size: Math.max(1, Math.round(side / 2)) }]] : [];
    }),
  );

/** Views by the size of the images, [height, width] in pixels. */
export const suitedViews = (size: readonly [number, number], epochs: number): Chosen<ViewSpecs> => {
  const [height, width] = size;
  const pixels = `${height} × ${width} pixels`;
  if (isPhoto(size)) {
    const views = height === width ? imagenetViews(height) : imagenetViews(height).map(shaped(size));
    return { value: views, why: `the official ImageNet code's: images of ${pixels}, above ${PHOTO_SIDE}` };
  }
  const cutout = epochs >= CUTOUT_EPOCHS;
  const without = cutout ? '' : ' without cutout, which costs more than it gives in so few epochs';
  return {
    value: cifarAt(Math.min(height, width), cutout),
    why: `the official CIFAR code's${without}: images of ${pixels}`,
  };
};

/** Views that crop to another shape than a square. */
const shaped =
  (size: readonly [number, number]) =>
  (view: ViewSpecs[number]): ViewSpecs[number] =>
    view.map((spec): Spec => {
      if (typeof spec === 'string') return spec;
      const [name, options] = spec;
      return name === 'random-resized-crop' ? [name, { ...options, size: [...size] }] : spec;
    });

/** The first layers by the size of the images: one of `stems`. */
export const suitedStem = (size: readonly [number, number]): Chosen<'cifar' | 'imagenet'> => {
  const pixels = `images of ${size.join(' × ')} pixels`;
  return isPhoto(size)
    ? { value: 'imagenet', why: `${pixels}, above ${PHOTO_SIDE}: a quarter of the resolution from there on` }
    : { value: 'cifar', why: `${pixels}: their full resolution` };
};
