import type { Spec } from '@understory/core';

/** A view as a config writes it: augmentations by name, in order. */
export type ViewSpec = readonly Spec[];

/**
 * The two views of the official CIFAR code for contrastive deep supervision: the first is cut out and feeds the
 * cross-entropy, the second is jittered. Both are normalised after it.
 */
export const cifarViews = (): [ViewSpec, ViewSpec] => [
  [['crop', { pad: 4, fill: 128 }], 'flip', ['cutout', { size: 16 }]],
  [
    ['crop', { pad: 4, fill: 0 }],
    'flip',
    ['color-jitter', { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1, p: 0.8 }],
    ['grayscale', { p: 0.2 }],
  ],
];
