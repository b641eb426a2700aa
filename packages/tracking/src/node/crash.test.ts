import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { forgetCrash, keepCrash, readCrash } from './crash.ts';
import { listRuns } from './listRuns.ts';
import { runFiles } from './runFiles.ts';

const root = mkdtempSync(path.join(tmpdir(), 'crashed-'));
const folder = path.join(root, 'flowers');
mkdirSync(folder);
const files = runFiles(folder);
writeFileSync(files.config, '{}');
const start = { time: '2026-01-01T00:00:00.000Z', type: 'start', run: 'flowers', engine: 'e', epochs: 3 };
writeFileSync(
  files.metrics,
  `${JSON.stringify({ ...start, stepsPerEpoch: 2, step: 0, parameters: { inference: 1, heads: 0 } })}\n`,
);

describe('a run that an error ended', () => {
  it('is listed as crashed with the reason, until it goes on', async () => {
    expect(await listRuns(root)).toMatchObject([{ state: 'interrupted' }]);
    await keepCrash(folder, new Error('No space left.\n    at somewhere'));
    expect(await listRuns(root)).toMatchObject([
      { name: 'flowers', state: 'crashed', problem: 'No space left.' },
    ]);
    await forgetCrash(folder);
    expect((await listRuns(root))[0]).not.toHaveProperty('problem');
  });

  it.each(['', '{', '[]', '{"reason":3}', '\0\0', `{"time":"x","reason":"${'a'.repeat(20_000)}"}`])(
    'and whose file is damaged (%.20s) is listed all the same',
    async (text) => {
      writeFileSync(files.crash, text);
      expect(await readCrash(folder)).toBeUndefined();
      expect(await listRuns(root)).toMatchObject([{ state: 'interrupted' }]);
    },
  );

  it('and whose folder is gone keeps nothing, and is not made again', async () => {
    const gone = path.join(root, 'gone');
    await keepCrash(gone, new Error('x'));
    expect(existsSync(gone)).toBe(false);
  });
});
