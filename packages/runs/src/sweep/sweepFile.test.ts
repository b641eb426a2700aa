import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseConfig } from '@understory/config';
import { UnderstoryError } from '@understory/core';
import { damaged } from '@understory/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/index.ts';
import { checkSame, readSweep, writeSweep, type Sweep } from './sweepFile.ts';
import { readSpace } from './readSpace.ts';

const sweep: Sweep = {
  config: parseConfig({ dataset: 'emoji', name: 'a' }),
  over: readSpace(['epochs=1,2', 'schedule.rate=log(0.1..1)']),
  ...{ search: 'random', trials: 4, seeds: 2, measure: 'accuracy', goal: 'max', at: 'last' },
  ...{ stop: 'none', grace: 1, test: false, apart: 1 },
  tried: [
    {
      values: { epochs: 1, 'schedule.rate': 0.5 },
      state: 'ended',
      runs: [
        {
          name: 'trial-001-seed0',
          seed: 0,
          curve: [0.5, NaN],
          value: NaN,
          epochs: 2,
          seconds: 3,
          measured: '4-x',
        },
      ],
    },
    { values: { epochs: 2, 'schedule.rate': 0.2 }, state: 'failed', runs: [], reason: 'no disk' },
  ],
};

const file = path.join(temporaryFolder(), 'sweep.json');
beforeAll(() => writeSweep(file, sweep));

describe('the file of a sweep', () => {
  it('is read as it was written, with numbers that JSON has no word for', async () => {
    expect(await readSweep(file)).toMatchObject(sweep);
    expect(await readSweep(`${file}.none`)).toBeUndefined();
  });

  it.each([
    ['empty', () => ''],
    ['cut off', (text: string) => text.slice(0, -40)],
    ['another format', (text: string) => text.replace('understory-sweep-1', 'x')],
    ['a state that is none', (text: string) => text.replace('"ended"', '"won"')],
    ['a curve of words', (text: string) => text.replace('0.5,\n            null', '"high"')],
    ['no trials', (text: string) => text.replace('"tried"', '"other"')],
    ['null', () => 'null'],
  ])('is refused where it is %s', async (_what, damage) => {
    const bad = path.join(temporaryFolder(), 'sweep.json');
    writeFileSync(bad, damage(readFileSync(file, 'utf8')));
    await expect(readSweep(bad)).rejects.toThrow(
      /sweep\.json is not a sweep that this version can read.*Delete/,
    );
  });
});

it('a damaged file is read, or refused in words, and nothing else', async () => {
  const sound = new Uint8Array(readFileSync(file));
  for (let i = 0; i < 150; i++) {
    const bad = `${file}.bad`;
    writeFileSync(bad, damaged([sound], i));
    const read = await readSweep(bad).catch((error: unknown) => error);
    expect(read instanceof UnderstoryError || Array.isArray((read as Sweep).tried)).toBe(true);
  }
});

describe('a sweep that goes on', () => {
  const other = (change: Partial<Sweep>) => () => checkSame(file, sweep, { ...sweep, ...change });
  it('may have more trials, and other jobs', () => {
    expect(other({ trials: 9, apart: 3 })).not.toThrow();
  });

  it.each<[Partial<Sweep>, RegExp]>([
    [{ trials: 3 }, /4 trials.*3\. Give as many, or more/],
    [{ seeds: 3 }, /seeds was 2 and is 3/],
    [{ over: readSpace(['epochs=1,3']) }, /other settings: over/],
    [{ config: parseConfig({ dataset: 'emoji', name: 'a', batch: 64 }) }, /batch was 128 and is 64/],
    [{ measure: 'ece' }, /measure was "accuracy" and is "ece"/],
    [{ test: true }, /test was false and is true/],
  ])('has no other settings: %o', (change, message) => {
    expect(other(change)).toThrow(message);
  });
});
