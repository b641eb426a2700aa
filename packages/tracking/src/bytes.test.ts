import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { byteForms } from '@understory/core/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { record, summaryEvent } from './index.ts';
import { writeAtomic } from './node/index.ts';

const folder = await mkdtemp(path.join(os.tmpdir(), 'understory-bytes-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 7) % 256);

describe('bytes are written alike', () => {
  it.each(byteForms(bytes))('%s', async (_, given) => {
    const file = path.join(folder, 'file');
    await writeAtomic(file, given);
    expect(new Uint8Array(await readFile(file))).toEqual(bytes);
    await writeAtomic(file, [given.subarray(0, 100), given.subarray(100)]);
    expect(new Uint8Array(await readFile(file))).toEqual(bytes);
    expect(record(given)).toEqual(record(bytes));
    const event = (png: Uint8Array): Uint8Array =>
      summaryEvent(1, 2, [{ tag: 'a', image: { bytes: png, width: 3, height: 2 } }]);
    expect(event(given)).toEqual(event(bytes));
  });
});
