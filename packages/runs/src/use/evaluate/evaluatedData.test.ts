import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { classesOf, classSamples, dataFingerprint, type Dataset, type Samples } from '@understory/core';
import { runFolder } from '@understory/tracking/node';
import { parseConfig } from '@understory/config';
import { beforeAll, expect, it } from 'vitest';
import { evaluatedData, type EvaluatedData } from './evaluatedData.ts';
import { keepNames } from '../../run/samplesFile.ts';
import { describeRun, type RunInfo } from '../../run/runInfo.ts';

const samplesOf = (names: readonly string[], classes: readonly string[], side: number): Samples =>
  classSamples({
    length: names.length,
    size: [side, side],
    labels: Int32Array.from(names, (name) => classes.indexOf(name.slice(0, 3))),
    read: () => Promise.resolve(new Uint8Array()),
    describe: (i) => names[i]!,
  });

const TRAIN = ['cat1', 'cat2', 'dog1', 'dog2'];
const TEST = ['cat8', 'dog8', 'dog9'];

const datasetOf = (
  test: readonly string[],
  classes: readonly string[] = ['cat', 'dog'],
  side = 8,
): Dataset => ({
  name: 'pets',
  classes,
  normalization: { mean: [0, 0, 0], std: [1, 1, 1] },
  train: samplesOf(TRAIN, classes, side),
  validation: samplesOf([], classes, side),
  test: samplesOf(test, classes, side),
  leftOut: [],
});

let kept: Parameters<typeof evaluatedData>[0];
beforeAll(async () => {
  const own = datasetOf(TEST);
  const config = parseConfig({ dataset: 'pets' });
  const info: RunInfo = describeRun(config, '/', own, await dataFingerprint(own));
  const run = await runFolder(mkdtempSync(path.join(tmpdir(), 'understory-')), 'run', info);
  await keepNames(run, own);
  kept = { run, info };
});

const evaluated = (dataset: Dataset): Promise<EvaluatedData> => evaluatedData(kept, dataset, 'test');

it('says nothing of the images that the run had', async () => {
  expect(await evaluated(datasetOf(TEST))).toMatchObject({ notes: [], asTrained: true });
});

it('maps labels by name where the classes stand in another order', async () => {
  const { dataset, notes, asTrained } = await evaluated(datasetOf(TEST, ['dog', 'cat']));
  expect([...classesOf(dataset.test)]).toEqual([0, 1, 1]);
  expect([asTrained, notes]).toEqual([true, [expect.stringMatching(/another order.*mapped by their names/)]]);
});

it('tells of other images, and of those that the run trained on', async () => {
  const { notes, asTrained } = await evaluated(datasetOf(['cat8', 'dog2', 'dog3', 'dog9']));
  expect(asTrained).toBe(false);
  expect(notes).toEqual([
    'These are not the images that the run had: test images: 3 → 4 (dog: 2 → 3). ' +
      'New: dog2 (dog) and 1 more. Gone: dog8 (dog).',
    'The run trained on 1 of them, so the numbers are too good.',
  ]);
  expect((await evaluated(datasetOf(['cat8'], ['cat']))).notes[0]).toMatch(/1 of the 2 classes/);
});

it('refuses classes that the network does not know, another size, and no images', async () => {
  await expect(evaluated(datasetOf(TEST, ['cat', 'dog', 'emu']))).rejects.toThrow(/class "emu"/);
  await expect(evaluated(datasetOf(TEST, ['cat', 'dog'], 9))).rejects.toThrow(/9×9 pixels.*"size"/);
  await expect(evaluated(datasetOf([]))).rejects.toThrow(/no test images/);
});
