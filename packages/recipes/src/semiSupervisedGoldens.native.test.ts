import type { Spec } from '@understory/core';
import { streamOf } from '@understory/core/testing';
import { describe, it } from 'vitest';
import { expectGoldens, goldensOf, type GoldenStep } from './testing/objectiveGoldens.ts';

const head = ['mlp', { width: 4 }];
const CDS = 'contrastive-deep-supervision';

/** How each objective of the golden file is written; CDS has a loss for each stream, or one for both. */
const SPECS: Readonly<Record<string, Spec>> = {
  separate: [
    'contrastive-semi-supervision',
    { contrastive: [CDS, { head, unlabelled: ['ntxent', { temperature: 0.07 }] }] },
  ],
  joint: ['contrastive-semi-supervision', { contrastive: [CDS, { head, combine: 'joint' }] }],
  'pseudo-label': ['pseudo-label', { threshold: 0.6, rampEpochs: 12 }],
  fixmatch: ['fixmatch', { threshold: 0.6 }],
  freematch: ['freematch', { momentum: 0.5, fairness: 0.05 }],
  softmatch: ['softmatch', { momentum: 0.5 }],
  'mean-teacher': ['mean-teacher', { decay: 0.6, rampEpochs: 2 }],
};
/** Epochs of the steps, where a weight rises. */
const EPOCHS: Readonly<Record<string, readonly number[]>> = {
  'pseudo-label': [3],
  'mean-teacher': [1, 2, 3],
};
/** Objectives whose state means nothing where it is filled with any numbers. */
const OWN_STATE: ReadonlySet<string> = new Set(['freematch', 'softmatch']);
const streams = [
  streamOf({ name: 'labelled', views: 2 }),
  streamOf({ name: 'unlabelled', views: 2, batch: 3, labelled: false }),
];

describe('objectives with unlabelled images, step by step, against PyTorch', () => {
  it.each(Object.entries(goldensOf<readonly GoldenStep[]>('semiSupervised.json')))(
    '%s',
    async (name, goldens) => {
      const steps = goldens.map((_, k) => ({ labels: [0, 3, 3, 1], epoch: EPOCHS[name]?.[k] ?? 0 }));
      const run = { spec: SPECS[name]!, streams, planes: [3, 4, 4, 5], steps };
      await expectGoldens({ ...run, ownState: OWN_STATE.has(name) }, goldens);
    },
  );
});
