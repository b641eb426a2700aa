import { BACKBONE, compareRunners, OBJECTIVE } from '@understory/core';
import { streamOf, tinyExperiment } from '@understory/core/testing';
import { compiledRunner, type CompiledRunnerOptions } from '@understory/engine';
import { createRegistry } from '@understory/registry';
import { expect, it } from 'vitest';
import { defaultPlugins } from './defaultPlugins.ts';

const registry = createRegistry(defaultPlugins);
const STEPS = 3;

it.each<[string, CompiledRunnerOptions, number]>([
  ['in one pass', {}, 1],
  ['in bfloat16', { precision: 'bfloat16' }, 1],
  ['in parts of a batch', {}, 2],
])('recomputing maps leaves every number of CDS as it is, %s', async (_name, options, microBatches) => {
  const runners = [compiledRunner(options), compiledRunner({ ...options, recompute: true })] as const;
  const prepare = () => {
    const objectives = ['cross-entropy', 'contrastive-deep-supervision'].map((spec) =>
      registry.make(OBJECTIVE, spec),
    );
    const backbone = registry.make(BACKBONE, ['resnet18', { width: 0.125, stem: 'cifar' }]);
    const streams = [streamOf({ batch: 8, views: 2 })];
    const tiny = tinyExperiment(objectives, { steps: STEPS, streams, size: 16, backbone, rate: 0.01 });
    return Promise.resolve({ ...tiny, microBatches });
  };
  const differences = await compareRunners(prepare, runners, { steps: STEPS });
  for (const runner of runners) runner.dispose();
  expect(Object.keys(differences).length).toBeGreaterThan(3);
  expect(Object.entries(differences).filter(([, difference]) => difference !== 0)).toEqual([]);
});
