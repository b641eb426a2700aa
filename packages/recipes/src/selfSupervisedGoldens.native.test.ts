import type { Spec } from '@understory/core';
import { streamOf } from '@understory/core/testing';
import { describe, it } from 'vitest';
import { expectGoldens, goldensOf, type GoldenStep } from './testing/objectiveGoldens.ts';

const head = ['mlp', { width: 4 }];
const predictor = ['projector', { widths: [5, 4] }];
const projector = (norm: string) => ['projector', { widths: [6, 4], norm }];

const deep = (loss: string): Spec => [
  'contrastive-deep-supervision',
  { loss, unlabelled: loss, head, expander: 'expander' },
];
const deepBootstrap = (views: string): Spec => [
  'bootstrap-deep-supervision',
  { head: ['linear', { width: 4 }], momentum: 0.9, views },
];

/** How each objective of the golden file is written. */
const SPECS: Readonly<Record<string, Spec>> = {
  'momentum-contrast': ['momentum-contrast', { head, queue: 6, momentum: 0.9, taps: ['stage2'] }],
  'bootstrap-latents': [
    'bootstrap-latents',
    { head: projector('hidden'), predictor, momentum: 0.9, momentumEpochs: 4 },
  ],
  'simple-siamese': ['simple-siamese', { head: projector('all'), predictor }],
  'swapped-prediction': ['swapped-prediction', { head, prototypes: 6 }],
  vicreg: deep('vicreg'),
  'barlow-twins': deep('barlow-twins'),
  'bootstrap-deep-supervision': deepBootstrap('together'),
  'bootstrap-deep-supervision, views apart': deepBootstrap('apart'),
};
const streams = [streamOf({ views: 2, labelled: false })];

describe('objectives without labels, step by step, against PyTorch', () => {
  it.each(Object.entries(goldensOf<readonly GoldenStep[]>('selfSupervised.json')))(
    '%s',
    async (name, goldens) => {
      const steps = goldens.map((_, k) => ({ epoch: 1 + k }));
      await expectGoldens({ spec: SPECS[name]!, streams, planes: [3, 4, 4, 5], steps }, goldens);
    },
  );
});
