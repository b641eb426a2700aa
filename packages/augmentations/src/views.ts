import type { Spec } from '@understory/core';

/** A view as a config writes it: augmentations by name, in order. */
export type ViewSpec = readonly Spec[];

const JITTER: Spec = ['color-jitter', { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1, p: 0.8 }];
const GREY: Spec = ['grayscale', { p: 0.2 }];

/**
 * The two views of the official CIFAR code for contrastive deep supervision: the first is cut out and feeds the
 * cross-entropy, the second is jittered. The cut-out part is black before normalising.
 */
export const cifarViews = (): [ViewSpec, ViewSpec] => [
  [['crop', { pad: 4, fill: 128 }], 'flip', ['cutout', { size: 16 }]],
  [['crop', { pad: 4, fill: 0 }], 'flip', JITTER, GREY],
];

/** The two views of the official ImageNet code; also what the fine-grained tasks use. `size` in pixels. */
export const imagenetViews = (size = 224): [ViewSpec, ViewSpec] => [
  [['random-resized-crop', { size, scale: [0.08, 1] }], 'flip'],
  [['random-resized-crop', { size, scale: [0.2, 1] }], 'flip', JITTER, GREY],
];

/** What a network trained on `imagenetViews` is tested on: the shorter side to 8/7 of the size, then the middle. */
export const evaluationView = (size = 224): ViewSpec => [
  ['resize', { size: Math.round((size * 8) / 7) }],
  ['center-crop', { size }],
];

/**
 * Two views for detection. The first is mmdetection's default, a flip (the dataset brings pictures to their size); the second,
 * for what is contrasted, is scaled and jittered besides. Boxes move with both.
 */
export const detectionViews = (): [ViewSpec, ViewSpec] => [['flip'], ['scale-jitter', 'flip', JITTER, GREY]];

/** The four views of SSKD: quarter turns, each with a crop of its own. Here each turn draws its own flip as well. */
export const sskdViews = (): ViewSpec[] =>
  [0, 1, 2, 3].map((turns) => ['flip', ['rotate90', { turns }], ['crop', { pad: 4, fill: 0 }]]);

/** FixMatch's weak and strong view of unlabelled images. */
export const fixMatchViews = (): [ViewSpec, ViewSpec] => {
  const weak: ViewSpec = [['crop', { pad: 4, border: 'reflect' }], 'flip'];
  return [weak, [...weak, 'fixmatch-augment']];
};
