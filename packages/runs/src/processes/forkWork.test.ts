import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forkWork } from './forkWork.ts';

let folder = '';
beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'work-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const log = (): string => path.join(folder, 'log');

/** A process that says it is alive, counts how often it was begun, and does what a test says; `n` is 1 at first. */
const moduleOf = (work: string): URL => {
  const file = path.join(folder, 'work.mjs');
  writeFileSync(
    file,
    `import { appendFileSync, readFileSync, writeSync } from 'node:fs';
appendFileSync(${JSON.stringify(log())}, 'begun ');
const n = readFileSync(${JSON.stringify(log())}, 'utf8').split(' ').length - 1;
const beat = setInterval(() => writeSync(4, '.'), 100);
const end = (message) => process.send(message, () => process.exit(0));
process.on('message', (request) => { if (request !== 'stop') { ${work} } });`,
  );
  return pathToFileURL(file);
};

const run = async (
  work: string,
  restarts = 2,
): Promise<{ ended: unknown; said: string[]; begun: number }> => {
  const said: string[] = [];
  const { signal } = new AbortController();
  const ended = await forkWork(
    { module: moduleOf(work), code: 'row-failed' },
    { of: 6 },
    { name: 'row', threads: 1, signal, restarts, bound: 2 },
    { say: (line) => void said.push(line) },
  ).catch((error: unknown) => (error as Error).message);
  const begun = existsSync(log()) ? readFileSync(log(), 'utf8').trim().split(' ').length : 0;
  return { ended, said, begun };
};

describe('work in a process of its own', () => {
  it('is begun once where it ends', async () => {
    expect(await run('end({ ended: request.of * 7 })')).toEqual({ ended: 42, said: [], begun: 1 });
  });

  it('is gone on with where its process is killed, and that is told', async () => {
    const { ended, said, begun } = await run(
      "n < 2 ? process.kill(process.pid, 'SIGKILL') : end({ ended: n })",
    );
    expect([ended, begun]).toEqual([2, 2]);
    expect(said).toEqual([
      'row: its process was killed (SIGKILL). Going on from what it kept; restarts left: 1.',
    ]);
  });

  it('is gone on with where its process is frozen', async () => {
    const freeze = "setTimeout(() => process.kill(process.pid, 'SIGSTOP'), 500)"; // after its first word
    const { ended, said } = await run(`n < 2 ? ${freeze} : end({ ended: n })`);
    expect(ended).toBe(2);
    expect(said[0]).toMatch(/^row: its process has said nothing for 2 s\. Going on/);
  });

  it('is told to stop where that was said before it began', async () => {
    const file = moduleOf('');
    writeFileSync(
      file,
      `${readFileSync(file, 'utf8')}\nprocess.on('message', (word) => { if (word === 'stop') end({ ended: 'stopped' }); });`,
    );
    const options = { name: 'row', threads: 1, signal: AbortSignal.abort(), restarts: 0, bound: 5 };
    const worker = { module: file, code: 'row-failed' };
    expect(await forkWork(worker, {}, options, { say: () => undefined })).toBe('stopped');
  });

  it('is given up when its process was lost as often as is allowed', async () => {
    const { ended, begun } = await run('process.exit(70)');
    expect(ended).toBe('row: its process ended with code 70. It was gone on with 2 times.');
    expect(begun).toBe(3);
  });

  it('is not tried again where it says why it failed', async () => {
    const failure = "{ failure: { message: 'no such file', refused: true } }";
    expect(await run(`end(${failure})`)).toEqual({ ended: 'row: no such file', said: [], begun: 1 });
  });
});
