import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { claimRun, isRunning } from './lock.ts';
import { runFiles } from './runFiles.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'understory-claim-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('says what to do where the run’s folder is gone', async () => {
  await expect(claimRun(path.join(folder, 'gone'))).rejects.toMatchObject({
    code: 'run-not-writable',
    message: expect.stringMatching(/gone is gone\. Start the run anew/) as string,
  });
  expect(await isRunning(path.join(folder, 'gone'))).toBe(false);
});

it.runIf(process.platform === 'linux')('says what to do where it cannot be written to', async () => {
  await expect(claimRun('/sys')).rejects.toMatchObject({
    code: 'run-not-writable',
    message: expect.stringMatching(/\/sys cannot be written to .* Make it writable/) as string,
  });
});

it('names a folder in the mark’s place, and lists the run all the same', async () => {
  mkdirSync(runFiles(folder).lock);
  await expect(claimRun(folder)).rejects.toMatchObject({
    code: 'lock-broken',
    message: expect.stringContaining('Remove it') as string,
  });
  expect(await isRunning(folder)).toBe(false);
});
