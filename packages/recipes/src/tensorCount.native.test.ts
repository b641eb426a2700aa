import { memory } from '@tensorflow/tfjs-core';
import { OBJECTIVE, prepareTraining, type Runner } from '@understory/core';
import { streamOf, tinyExperiment } from '@understory/core/testing';
import { compiledRunner } from '@understory/engine';
import { createRegistry } from '@understory/registry';
import { describe, expect, it } from 'vitest';
import { defaultPlugins } from './defaultPlugins.ts';

const registry = createRegistry(defaultPlugins);

/** Tensors that live after step 10 and after step 510 of one run, several epochs and evaluations apart. */
const countsOf = async (runner: Runner, names: readonly string[], views: number): Promise<number[]> => {
  const objectives = names.map((name) => registry.make(OBJECTIVE, name));
  const experiment = tinyExperiment(objectives, { steps: 520, streams: [streamOf({ views })], rate: 0.001 });
  const training = await prepareTraining(experiment, { runner });
  const counts: number[] = [];
  for await (const event of training.events()) {
    if (event.type !== 'step') continue;
    if (event.step === 9 || event.step === 509) counts.push(memory().numTensors);
    if (counts.length === 2) break;
  }
  training.dispose();
  return counts;
};

describe('500 steps leave the tensor count where it was', () => {
  it('of contrastive deep supervision, compiled', async () => {
    const runner = compiledRunner();
    const [before, after] = await countsOf(runner, ['cross-entropy', 'contrastive-deep-supervision'], 2);
    runner.dispose();
    expect(after).toBe(before);
  });
});
