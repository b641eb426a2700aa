import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openConfig } from '../session.ts';
import { openSuited } from '../suit/openSuited.ts';
import { temporaryFolder } from '../testing/index.ts';
import { writePhotos } from '../testing/photos.ts';
import { changesOf } from './changesOf.ts';
import { openSweep, type SweepOptions } from './openSweep.ts';
import { gridPoint } from './space.ts';
import { trialConfig } from './trialConfig.ts';

const folder = temporaryFolder();
const file = path.join(folder, 'open.yaml');
const silent = { say: () => undefined, onProgress: () => undefined };
const sweepOf = (over: readonly string[], more: Partial<SweepOptions> = {}): SweepOptions => ({
  ...{ over, set: [], search: 'grid', seeds: 2, at: 'last', stop: 'none', test: false, jobs: 1, ...more },
});

beforeAll(async () => {
  await writePhotos(path.join(folder, 'photos'), 40);
  writeFileSync(
    file,
    'dataset: [images, { root: photos, size: [16, 16] }]\nbackbone: [resnet18, { width: 0.0625 }]\n' +
      'unlabelled: { labelled: 0.3, batch: 4 }\nobjectives: [cross-entropy, contrastive-semi-supervision]\n',
  );
});

describe('what is told to train the best trial with', () => {
  it.each([
    'batch=4,32',
    'epochs=5,100',
    'schedule.rate=0.1,0.3',
    'backbone=[resnet18,{width: 0.125}],[resnet18,{width: 0.25}]',
  ])('gives its config, whatever that left to the data: %s', async (over) => {
    const { swept, plan, settings, choices } = await openSweep(file, sweepOf([over]), silent);
    const values = gridPoint(plan.space, 1);
    const wanted = trialConfig(swept, plan.space, values);
    expect(wanted.backbone).toHaveProperty('1.stem', 'cifar');
    const trial = { values, state: 'ended', runs: [] } as const;
    const again = await openConfig(file, changesOf(settings, trial, choices));
    const { config, dataset } = await openSuited(again, silent);
    await dataset.close?.();
    expect(config).toEqual({ ...wanted, seed: 2 });
  });
});

describe('before anything is trained, a sweep is refused', () => {
  it('where there are no images to choose by', async () => {
    const set = ['dataset.validation=0'];
    await expect(openSweep(file, sweepOf(['batch=4,8'], { set }), silent)).rejects.toThrow(
      /no validation images, by which a sweep chooses. Give the dataset some: --set dataset.validation=0.1/,
    );
  });

  it('where there are no test images that are to be told', async () => {
    const set = ['dataset.testShare=0'];
    await expect(openSweep(file, sweepOf(['batch=4,8'], { set, test: true }), silent)).rejects.toThrow(
      /no test images to tell. Leave --test out/,
    );
  });
});
