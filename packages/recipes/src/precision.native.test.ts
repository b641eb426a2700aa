import { BACKBONE, compareRunners, OBJECTIVE, type Spec } from '@understory/core';
import { streamOf, tinyExperiment } from '@understory/core/testing';
import { compiledRunner } from '@understory/engine';
import { createRegistry } from '@understory/registry';
import { describe, expect, it } from 'vitest';
import { defaultPlugins } from './defaultPlugins.ts';

const registry = createRegistry(defaultPlugins);
const STEPS = 50;

const METHODS: readonly (readonly [string, readonly Spec[]])[] = [
  ['DSN', ['cross-entropy', 'deeply-supervised-nets']],
  ['CDS with SupCon', ['cross-entropy', 'contrastive-deep-supervision']],
  ['CDS with NT-Xent', ['cross-entropy', ['contrastive-deep-supervision', { loss: 'ntxent' }]]],
];

describe('bfloat16', () => {
  it.each(METHODS)(
    'keeps each term of %s within 1 %% of float32, from the same weights at each of 50 steps',
    async (_name, specs) => {
      const runners = [compiledRunner(), compiledRunner({ precision: 'bfloat16' })] as const;
      const prepare = () => {
        const objectives = specs.map((spec) => registry.make(OBJECTIVE, spec));
        const backbone = registry.make(BACKBONE, ['resnet18', { width: 0.25, stem: 'cifar' }]);
        // Of 16 images' cross-entropy the largest of 50 differences is 1 % by chance.
        const streams = [streamOf({ batch: 32, views: 2 })];
        return Promise.resolve(
          tinyExperiment(objectives, { steps: STEPS, streams, size: 16, backbone, rate: 0.01 }),
        );
      };
      const differences = await compareRunners(prepare, runners, { steps: STEPS });
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
