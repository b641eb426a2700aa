import { BACKBONE, compareRunners, OBJECTIVE, type Spec } from '@understory/core';
import { streamOf, tinyExperiment } from '@understory/core/testing';
import { compiledRunner } from '@understory/engine';
import { createRegistry } from '@understory/registry';
import { describe, expect, it } from 'vitest';
import { defaultPlugins } from './defaultPlugins.ts';

const registry = createRegistry(defaultPlugins);

interface Trained {
  readonly method: string;
  readonly objectives: readonly Spec[];
  readonly backbone: Spec;
  readonly steps: number;
}

const resnet = (method: string, ...objectives: readonly Spec[]): Trained => ({
  ...{ method, objectives, steps: 50 },
  backbone: ['resnet18', { width: 0.25, stem: 'cifar' }],
});

const TRAINED: readonly Trained[] = [
  resnet('DSN', 'cross-entropy', 'deeply-supervised-nets'),
  resnet('CDS with SupCon', 'cross-entropy', 'contrastive-deep-supervision'),
  resnet('CDS with NT-Xent', 'cross-entropy', ['contrastive-deep-supervision', { loss: 'ntxent' }]),
  {
    ...resnet('CDS on a transformer', 'cross-entropy', 'contrastive-deep-supervision'),
    // As many rows and weights as the addon's dense layers want, and so its attention in bfloat16.
    ...{ backbone: ['vit-s16', { width: 0.5, depth: 0.3, patch: 4 }], steps: 15 },
  },
];

describe('bfloat16', () => {
  it.each(TRAINED)(
    'keeps each term of $method within 1 % of float32, from the same weights at each of $steps steps',
    async ({ objectives: specs, backbone: network, steps }) => {
      const runners = [compiledRunner(), compiledRunner({ precision: 'bfloat16' })] as const;
      const prepare = () => {
        const objectives = specs.map((spec) => registry.make(OBJECTIVE, spec));
        const backbone = registry.make(BACKBONE, network);
        // Of 16 images' cross-entropy the largest of 50 differences is 1 % by chance.
        const streams = [streamOf({ batch: 32, views: 2 })];
        return Promise.resolve(
          tinyExperiment(objectives, { steps, streams, size: 16, backbone, rate: 0.01 }),
        );
      };
      const differences = await compareRunners(prepare, runners, { steps });
      for (const runner of runners) runner.dispose();
      const terms = Object.entries(differences).filter(([name]) => name === 'loss' || name.includes('/'));
      expect(terms.length).toBeGreaterThan(2);
      for (const [name, difference] of terms) {
        expect(difference, name).toBeLessThan(0.01);
        expect(difference, name).toBeGreaterThan(0);
      }
    },
  );
});
