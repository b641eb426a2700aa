import type { TapMeasure } from '@understory/core';

/** What the lens can measure; some tell several numbers. */
export const MEASURES = [
  'probe',
  'knn',
  'neighbours',
  'alignment',
  'uniformity',
  'invariance',
  'rank',
  'gradient',
] as const;
export type LensMeasure = (typeof MEASURES)[number];

/** Those that need images of one class each. */
export const OF_CLASSES = ['probe', 'knn', 'neighbours'] as const;

/** Those that need a training under way: its views, or its losses. */
export const OF_TRAINING = ['alignment', 'invariance', 'gradient'] as const;

/** The numbers of each measure, by name, in people's words. */
export const NUMBERS = {
  probe: {
    probe: {
      title: 'Linear probe',
      about:
        'Images whose class a linear classifier reads from the stage: how much it knows of the classes. Higher is more.',
      share: true,
    },
  },
  knn: {
    knn: {
      title: 'Nearest neighbours',
      about:
        'Images whose class the 20 most similar training images tell, with nothing trained on top. Higher is more.',
      share: true,
      shown: 'curves',
    },
  },
  neighbours: {
    neighbours: {
      title: 'Neighbours of the same class',
      about: 'Of the 10 images that the stage sees as most alike, those of the same class. Higher is more.',
      share: true,
    },
  },
  alignment: {
    alignment: {
      title: 'Distance between views',
      about:
        'How far apart the stage sees two augmented views of one image: 0 is no difference. Views are those that the run trained on, so runs with other views cannot be compared by it.',
    },
  },
  uniformity: {
    uniformity: {
      title: 'Uniformity',
      about:
        'How evenly images spread over all directions: 0 is one place for all of them, −4 is wide apart.',
    },
  },
  invariance: {
    invariance: {
      title: 'Two views of one image',
      about:
        'Cosine of two views of one image, less what all images share: 1 is the same. Views are those that the run trained on, so runs with other views cannot be compared by it.',
    },
    'invariance-other': {
      title: 'Views of two images',
      about:
        'Cosine of views of two different images, less what all share. Near 0 where images are told apart.',
      shown: 'table',
    },
  },
  rank: {
    'effective-rank': {
      title: 'Effective rank',
      about:
        'How many directions the stage uses. A fall towards 1 is collapse; it cannot exceed the channels.',
      shown: 'curves',
    },
    rankme: {
      title: 'RankMe',
      about: 'As the effective rank, with the mean of all images counted in, as its paper has it.',
      shown: 'table',
    },
    participation: {
      title: 'Participation ratio',
      about: 'Directions that are used alike; strong ones count more than in the effective rank.',
      shown: 'table',
    },
  },
  gradient: {
    'gradient-image': {
      title: 'Agreement with the task, by image',
      about:
        'Cosine of what the stage’s own loss and the task ask of the stage’s output for an image. Above 0 they pull together, below 0 against each other.',
      shown: 'curves',
    },
    'gradient-image-spread': {
      title: 'Spread of the agreement by image',
      about: 'Standard deviation of the agreement by image over the batches.',
      shown: 'table',
    },
    'gradient-weights': {
      title: 'Agreement with the task, by weights',
      about:
        'The same for the weights up to the stage, a mean of several batches. Above 0 a step for the one helps the other.',
      shown: 'table',
    },
    'gradient-weights-spread': {
      title: 'Spread of the agreement by weights',
      about: 'Standard deviation of the agreement by weights over the batches.',
      shown: 'table',
    },
    'gradient-ratio': {
      title: 'Strength beside the task',
      about:
        'How hard the stage’s own loss pulls at these weights, with its weight, as a multiple of the task’s pull.',
    },
  },
} as const satisfies Record<LensMeasure, Record<string, TapMeasure>>;

/** Numbers that these measures tell of every tap. */
export const numbersOf = (measures: readonly LensMeasure[]): Record<string, TapMeasure> =>
  Object.assign({}, ...measures.map((measure) => NUMBERS[measure])) as Record<string, TapMeasure>;
