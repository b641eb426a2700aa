import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { launchWorkers, type LaunchRequest } from './launch.ts';

let folder = '';
beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'workers-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A worker that says it is alive and where its run lies, notes with whom it works, and then does what a test says. */
const scriptOf = (work: string): string => {
  const file = path.join(folder, 'worker.mjs');
  writeFileSync(
    file,
    `import { appendFileSync, writeSync } from 'node:fs';
const { cluster: { worker }, task: { index: rank } } = JSON.parse(process.env.TF_CONFIG);
const [goOn] = process.argv.slice(2);
const note = (line) => appendFileSync(${JSON.stringify(path.join(folder, 'log'))}, line + '\\n');
note(rank + ' of ' + worker.length + (goOn ? ' on ' + goOn : ''));
process.on('disconnect', () => process.exit(75));
setInterval(() => writeSync(4, '.'), 200);
if (rank === 0) process.send({ run: 'runs/a' });
const meet = () => rank === 0 && process.send({ met: true });
const end = (code) => process.send(rank > 0 && code === 1 ? { failed: 'Worker 1: no' } : code === 0 ? { done: true } : { run: 'runs/a' }, () => process.exit(code));
setTimeout(() => { ${work} }, 200);`,
  );
  return file;
};

const launch = async (
  work: string,
  changes: Partial<LaunchRequest> = {},
): Promise<{
  readonly code: number | string;
  readonly said: readonly string[];
  readonly log: readonly string[];
}> => {
  const said: string[] = [];
  const file = scriptOf(work);
  const code = await launchWorkers({
    ...{ workers: 2, fewer: [], restarts: 2, bound: 60, threads: 1 },
    command: [file],
    goOn: (run) => [file, run],
    say: (line) => void said.push(line),
    onStop: () => undefined,
    ...changes,
  }).catch((error: unknown) => (error as Error).message);
  const log = readFileSync(path.join(folder, 'log'), 'utf8').trim().split('\n').sort();
  return { code, said, log };
};

describe('workers on this machine', () => {
  it('are launched once where all of them end well', async () => {
    expect(await launch('end(0)')).toEqual({ code: 0, said: [], log: ['0 of 2', '1 of 2'] });
  });

  it.runIf(process.platform === 'linux')('share memory that has no name', async () => {
    const looks = `import('node:fs').then(({ fstatSync }) => {
      const { ino, mode, nlink } = fstatSync(Number(process.env.UNDERSTORY_SHARED));
      note('file ' + ino + ' ' + (mode & 0o777).toString(8) + ' ' + nlink);
      end(0);
    })`;
    const { code, log } = await launch(looks);
    const files = log.filter((line) => line.startsWith('file'));
    expect(code).toBe(0);
    expect(files).toEqual([files[0], files[0]]);
    expect(files[0]).toMatch(/ 600 0$/);
  });

  it('go on with the run where one is killed', async () => {
    const { code, said, log } = await launch(
      "goOn ? end(0) : rank === 1 && process.kill(process.pid, 'SIGKILL')",
    );
    expect(code).toBe(0);
    expect(said).toEqual([
      'Worker 1 was killed (SIGKILL). Going on from the last checkpoint with 2 workers; restarts left: 1.',
    ]);
    expect(log).toEqual(['0 of 2', '0 of 2 on runs/a', '1 of 2', '1 of 2 on runs/a']);
  });

  it('go on with the run where one is frozen', async () => {
    const work = "goOn ? end(0) : rank === 1 && process.kill(process.pid, 'SIGSTOP')";
    const { code, said } = await launch(work, { bound: 2 });
    expect(code).toBe(0);
    expect(said[0]).toMatch(/^Worker 1 has said nothing for 2 s\. Going on/);
  });

  it('blame the one that was lost, not those that could not go on without it', async () => {
    const { said } = await launch(
      'meet(); goOn ? end(0) : rank === 0 ? end(75) : setTimeout(() => process.exit(70), 500)',
    );
    expect(said[0]).toMatch(/^Worker 1 ended with code 70/);
  });

  it('end at once, and are not started again, where one ends of itself before all have met, also without an error', async () => {
    const { code, log } = await launch('rank === 1 && process.exit(0)', { bound: 600 });
    expect(code).toMatch(/^Worker 1 ended with code 0 before it was done/);
    expect(log).toEqual(['0 of 2', '1 of 2']);
    const fault = "rank === 1 && process.send({ failed: 'Worker 1: a fault' }, () => process.exit(70))";
    expect(await launch(fault)).toMatchObject({ code: 'Worker 1: a fault', said: [] });
  });

  it('go on with the run where one ends before it is done, as a plugin may end it', async () => {
    const { said } = await launch('meet(); goOn ? end(0) : rank === 1 && process.exit(0)', { bound: 600 });
    expect(said[0]).toMatch(/^Worker 1 ended with code 0\. Going on/);
  });

  it('go on with fewer where that is allowed', async () => {
    const { code, log } = await launch("goOn ? end(0) : rank === 2 && process.kill(process.pid, 'SIGKILL')", {
      workers: 3,
      fewer: [2, 1],
    });
    expect(code).toBe(0);
    expect(log.filter((line) => line.includes('on runs/a'))).toEqual([
      '0 of 2 on runs/a',
      '1 of 2 on runs/a',
    ]);
  });

  it('are given up when they were gone on with as often as is allowed', async () => {
    const { code, log } = await launch("rank === 1 && process.kill(process.pid, 'SIGKILL')", { restarts: 1 });
    expect(code).toMatch(/^Worker 1 was killed \(SIGKILL\)\. .*--restarts.*--resume/);
    expect(log).toHaveLength(4);
  });

  it('are not tried again where a user has to mend something', async () => {
    expect(await launch('rank === 1 && end(1)')).toMatchObject({ code: 'Worker 1: no', said: [] });
    rmSync(path.join(folder, 'log'));
    expect(await launch('end(rank === 0 ? 1 : 0)')).toMatchObject({ code: 1, said: [] });
  });

  it('are handed a signal, and end with the first one’s code', async () => {
    const hears = "process.on('SIGTERM', () => process.exit(rank === 0 ? 143 : 0)); note('hears')";
    const heard = (): number => readFileSync(path.join(folder, 'log'), 'utf8').split('hears').length - 1;
    const allHear = async (): Promise<void> => {
      while (!existsSync(path.join(folder, 'log')) || heard() < 2) await sleep(20);
    };
    const { code, log } = await launch(hears, {
      onStop: (stop) => void allHear().then(() => stop('SIGTERM')),
    });
    expect(code).toBe(143);
    expect(log).toEqual(['0 of 2', '1 of 2', 'hears', 'hears']);
  });
});
