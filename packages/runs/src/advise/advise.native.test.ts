import { rmSync } from 'node:fs';
import { checkConfig, type ExperimentInput } from '@understory/config';
import { afterAll, expect, it } from 'vitest';
import { engineOfRun } from '../precision/settled.ts';
import { openRunner } from '../session.ts';
import { temporaryFolder } from '../testing/runFolders.ts';
import { adviseConfig, type Advice } from './adviseConfig.ts';
import { truthRegistry } from './truth.test.support.ts';

const runs = temporaryFolder();
afterAll(() => rmSync(runs, { recursive: true }));

const cds = (taps: readonly string[], more: object = {}) =>
  [
    'contrastive-deep-supervision',
    { taps, includeFinal: false, loss: ['supcon', { temperature: 0.1 }], head: 'mlp', ...more },
  ] as const;

const crop = ['crop', { size: 16, pad: 1 }] as const;
const advised = async (objectives: NonNullable<ExperimentInput['objectives']>): Promise<Advice> => {
  const config = checkConfig(
    {
      ...{ name: 'truth', batch: 48, dataset: 'patterns', backbone: 'tiny', objectives },
      optimizer: ['sgd', { momentum: 0.9 }],
      schedule: ['cosine', { rate: 0.05 }],
      views: [[crop], [crop]],
    },
    truthRegistry,
  );
  const runner = await openRunner(engineOfRun(config), () => undefined);
  const advice = await adviseConfig({
    ...{ config, registry: truthRegistry, runner, folder: runs, runs, say: () => undefined },
    ...{ epochs: 3, limit: 480, seeds: 1 },
  });
  runner.dispose();
  return advice;
};

const named = ({ taps }: Advice): Record<string, string> =>
  Object.fromEntries(taps.map(({ tap, verdict }) => [tap, verdict]));

it('names the stage whose labels are shuffled and the one whose loss is negated, and leaves them out', async () => {
  const advice = await advised([
    'cross-entropy',
    cds(['stage1'], { loss: 'shuffled' }),
    cds(['stage2', 'stage3'], { perTap: { stage2: -1 } }),
  ]);
  expect(named(advice)).toEqual({
    stage1: expect.stringMatching(/idle|hurts/) as string,
    stage2: 'hurts',
    stage3: 'helps',
  });
  expect(advice.objectives).toEqual(['cross-entropy', cds(['stage3'])]);
  expect(advice.dropped).toEqual(['contrastive-deep-supervision']);
}, 300_000);
