import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { UnderstoryError } from '@understory/core';
import { afterAll, describe, expect, it } from 'vitest';
import { feed, inputOf } from './feed.ts';
import { READERS } from './readers.ts';

const folder = await mkdtemp(path.join(os.tmpdir(), 'understory-fuzz-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const plan = { seed: 1, from: 0, folder };
const sample = Uint8Array.of(1, 2, 3);

describe('feed', () => {
  it('tells what was read, what was refused, and what went wrong, by input', async () => {
    const reader = {
      name: 'odd',
      samples: () => [sample],
      read: (bytes: Uint8Array) => {
        if (bytes.length < 3) throw new UnderstoryError('short', 'too short');
        if (bytes.length > 3) throw new TypeError('undefined is not a function');
      },
    };
    const { inputs, read, refused, faults } = await feed(reader, { ...plan, count: 200 });
    expect(read).toBeGreaterThan(10);
    expect(refused).toBeGreaterThan(10);
    expect(faults.length).toBe(inputs - read - refused);
    for (const { input, what } of faults) {
      expect(what).toContain('TypeError: undefined is not a function');
      expect(inputOf([sample], 1, input).length).toBeGreaterThan(3);
    }
  });

  it('begins with the samples as they are, and every reader reads its own', async () => {
    for (const reader of READERS) {
      const own = path.join(folder, reader.name);
      const samples = await reader.samples(own);
      expect(inputOf(samples, 1, samples.length - 1)).toBe(samples.at(-1));
      const { faults } = await feed(reader, { ...plan, folder: own, count: samples.length });
      expect(faults, reader.name).toEqual([]);
    }
  });

  // `pnpm fuzz` feeds 20,000.
  it.each(READERS.map((reader) => [reader.name, reader] as const))(
    'finds no fault in %s',
    async (name, reader) => {
      const own = path.join(folder, `${name}-more`);
      const { faults } = await feed(reader, { ...plan, folder: own, count: 100 });
      expect(faults).toEqual([]);
    },
  );
});
