import type { ExperimentInput } from '@understory/config';
import type { Spec } from '@understory/core';
import type { Row } from './table.ts';

/** SupCon of the pooled feature alone, on its usual head, in place of terms on stages. */
export const supCon = (temperature: number): Spec => [
  'contrastive-deep-supervision',
  {
    weight: 1,
    taps: ['stage4'],
    includeFinal: false,
    head: ['mlp', { width: 128 }],
    loss: ['supcon', { temperature, baseTemperature: temperature }],
  },
];
/** BYOL, its target's average moving from 0.996 to 1 over so many epochs. */
export const byol = (momentumEpochs: number): Spec => [
  'bootstrap-latents',
  { momentum: 0.996, momentumEpochs },
];

/** What is learned first, and how the classifier is learned then. */
interface Stages {
  readonly label: string;
  readonly key: string;
  readonly first: ExperimentInput;
  readonly then: ExperimentInput;
  readonly paper: string;
}

/** Two rows: a network that learns without its classifier, and one that goes on from its last weights. */
export const inStages = ({ label, key, first, then, paper }: Stages): Row[] => [
  { label: `pre-training, ${label}`, key: `pre-${key}`, apart: true, seed: 0, config: first, paper: '–' },
  {
    label,
    key,
    after: `pre-${key}`,
    // The best weights are those of a classifier, which has not learned yet.
    config: (runOf) => ({
      ...then,
      weights: { file: `${runOf(`pre-${key}`)}/checkpoints/last.safetensors` },
    }),
    paper,
  },
];
