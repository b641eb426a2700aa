import { parseConfig } from '@understory/config';
import { eagerRunner } from '@understory/core';
import { createRegistry } from '@understory/registry';
import { defaultPlugins } from '@understory/recipes';
import { describe, expect, it } from 'vitest';
import { dryRun } from './dryRun.ts';

const config = parseConfig({
  ...{ name: 'tried', epochs: 1, batch: 32, objectives: ['cross-entropy'] },
  dataset: ['emoji', { limit: 120 }],
  backbone: ['resnet18', { width: 0.0625 }],
});

const tried = async (signal = new AbortController().signal, onStep: () => void = () => undefined) => {
  const told: (readonly [done: number, total: number])[] = [];
  const { steps } = await dryRun({
    ...{ registry: createRegistry(defaultPlugins), runner: eagerRunner(), config, folder: '.', signal },
    say: () => undefined,
    onProgress: (done, total, what) => {
      if (what !== 'steps') return;
      told.push([done, total]);
      onStep();
    },
  });
  return { steps, told };
};

describe('trying a config out', () => {
  it('ends its progress with a run that has fewer steps than are tried', async () => {
    const { steps, told } = await tried();
    expect(steps).toBe(4);
    expect(told.at(-1)).toEqual([4, 4]);
  });

  it('ends after the step in which it is told to', async () => {
    const controller = new AbortController();
    const { steps } = await tried(controller.signal, () => controller.abort());
    expect(steps).toBe(1);
  });
});
