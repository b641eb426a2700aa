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

/** A way to train, by what it is called. */
interface Stage {
  readonly label: string;
  readonly key: string;
  readonly config: ExperimentInput;
}

/** A network that learns without its classifier, once, and a row for each way to go on from its last weights. */
export const inStages = (before: Stage, after: readonly (Stage & { readonly paper: string })[]): Row[] => {
  const first = `pre-${before.key}`;
  return [
    {
      ...{ label: `pre-training, ${before.label}`, key: first, config: before.config },
      ...{ apart: true, seed: 0, paper: '–' },
    },
    ...after.map(({ config, ...row }): Row => ({
      ...row,
      after: first,
      // The best weights are those of a classifier, which has not learned yet.
      config: (runOf) => ({
        ...config,
        weights: { file: `${runOf(first)}/checkpoints/last.safetensors` },
      }),
    })),
  ];
};
