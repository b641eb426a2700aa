import { CLASSIFICATION_LOSS, plugin } from '@understory/core';
import { binaryCrossEntropy, BinaryCrossEntropyOptions, focal } from '../binary.ts';
import { crossEntropy, CrossEntropyOptions, LabelSmoothingOptions } from '../crossEntropy.ts';
import { FocalOptions } from '../sigmoid.ts';
import { schemaOf } from './schemaOf.ts';

export const crossEntropyPlugin = plugin({
  token: CLASSIFICATION_LOSS,
  name: 'cross-entropy',
  summary: 'Softmax cross-entropy',
  when: 'One class an image: the default.',
  source: 'the negative log-likelihood of the softmax',
  options: schemaOf(CrossEntropyOptions),
  create: crossEntropy,
});

export const labelSmoothingPlugin = plugin({
  token: CLASSIFICATION_LOSS,
  name: 'label-smoothing',
  summary: 'Softmax cross-entropy with smoothed targets',
  when: 'Networks that are too sure of themselves; teachers get worse by it.',
  source: 'Szegedy et al. 2016, §7',
  options: schemaOf(LabelSmoothingOptions),
  create: crossEntropy,
});

export const binaryCrossEntropyPlugin = plugin({
  token: CLASSIFICATION_LOSS,
  name: 'binary-cross-entropy',
  summary: 'A yes-or-no question for each class',
  when: 'Classes that do not rule each other out.',
  source: 'the negative log-likelihood of a sigmoid a class',
  options: schemaOf(BinaryCrossEntropyOptions),
  create: binaryCrossEntropy,
});

export const focalPlugin = plugin({
  token: CLASSIFICATION_LOSS,
  name: 'focal',
  summary: 'Binary cross-entropy that turns easy examples down',
  when: 'Rare classes among many easy negatives.',
  source: 'Lin et al. 2017 (RetinaNet), eq. 5',
  options: schemaOf(FocalOptions),
  create: focal,
});

/** Every classification loss of this package, for a registry. */
export const classificationLossPlugins = [
  crossEntropyPlugin,
  labelSmoothingPlugin,
  binaryCrossEntropyPlugin,
  focalPlugin,
] as const;
