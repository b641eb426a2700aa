import { ExperimentSchema } from '@understory/config';
import { expect, it } from 'vitest';
import { initNames } from './initNames.ts';

it.each([
  ['photos', 'photos', 'photos'],
  ['my photos (2)', 'my-photos-2', 'my-photos-2'],
  ['Ünïcode 花', 'Ünïcode-花', 'Unicode'],
  ['Ünïcode'.normalize('NFD'), 'Ünïcode', 'Unicode'],
  ['花', '花', 'run'],
  ['..', 'run', 'run'],
  ['a:b*c', 'a-b-c', 'a-b-c'],
  ['_photos', 'photos', 'photos'],
  ['photos v1.', 'photos-v1', 'photos-v1'],
])('a config of the data %j is %j.yaml, and its run %j', (place, file, run) => {
  expect(initNames(place)).toEqual({ file, run });
});

it('names have room in a file system, and a run’s is one that a config takes', () => {
  for (const place of ['花'.repeat(300), 'x'.repeat(300), `${'é'.repeat(99)}花`]) {
    const { file, run } = initNames(place);
    expect(Buffer.byteLength(file)).toBeLessThanOrEqual(100);
    expect(ExperimentSchema.shape.name.safeParse(run).success).toBe(true);
  }
});
