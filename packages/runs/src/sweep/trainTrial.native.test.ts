import path from 'node:path';
import { parseConfig } from '@understory/config';
import { expect, it } from 'vitest';
import type { SettledEngine } from '../precision/settled.ts';
import { openResume } from '../resume/openResume.ts';
import { settleAsBegun } from '../run/continuedRun.ts';
import { runExperiment } from '../run/runExperiment.ts';
import { readRun } from '../run/runInfo.ts';
import { openRegistry, openRunner } from '../session.ts';
import { metricsOf, temporaryFolder } from '../testing/index.ts';
import { trainTrial, type TrialRequest } from './trainTrial.ts';

const say = (): void => undefined;

it('ends a trial with the run that falls below its bar, and finds it so when it is asked again', async () => {
  const config = parseConfig({
    ...{ dataset: ['emoji', { limit: 45 }], backbone: ['resnet18', { width: 0.0625 }] },
    ...{ objectives: ['cross-entropy'], metrics: ['accuracy'], epochs: 4, batch: 45, reporters: [] },
  });
  const runs = temporaryFolder();
  const seeds = [
    { seed: 0, bars: [undefined, 1.1, undefined] },
    { seed: 1, bars: [] },
  ];
  const request: TrialRequest = {
    ...{ name: 'trial-001', config, folder: '.', runs, seeds, test: false },
    ...{ measure: 'accuracy', goal: 'max', at: 'last' },
  };
  const registry = await openRegistry([], '.');
  const { signal } = new AbortController();
  const work = { registry, openRunner: (engine: SettledEngine) => openRunner(engine, say), signal, say };
  const outcome = await trainTrial(request, work);
  expect(outcome).toMatchObject({
    state: 'stopped',
    runs: [{ name: 'trial-001-seed0', seed: 0, epochs: 4 }],
  });
  expect(outcome.runs[0]?.curve).toHaveLength(2);
  const told = metricsOf(path.join(runs, 'trial-001-seed0'));
  expect(await trainTrial(request, work)).toEqual(outcome);
  expect(metricsOf(path.join(runs, 'trial-001-seed0'))).toEqual(told);

  // Somebody goes on with it by itself: its test images stay unseen.
  const folder = path.join(runs, 'trial-001-seed0');
  const { info } = await readRun(folder);
  const begun = await settleAsBegun(info.config, folder);
  const runner = await openRunner(begun.engine, say);
  const resume = await openResume(registry, { config: begun, folder });
  const whole = { registry, runner, config: begun, folder: info.folder, runs, say, resume };
  const { start, done, training } = await runExperiment(whole);
  expect([start.data?.counts.test, done.result?.last.test]).toEqual([0, {}]);
  training.dispose();
  runner.dispose();

  await expect(
    trainTrial(
      { ...request, measure: 'recall', seeds: [{ seed: 2, bars: [] }], config: { ...config, epochs: 1 } },
      work,
    ),
  ).rejects.toThrow(/has no number recall; it has accuracy/);
});
