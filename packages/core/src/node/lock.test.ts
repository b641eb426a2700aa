import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { claimLock, lockOwner, withLock, type Lock, type Owner } from './index.ts';
import type { Round } from './testing/racer.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'understory-lock-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let file: string;
let n = 0;
beforeEach(() => {
  mkdirSync(path.join(folder, `${n}`));
  file = path.join(folder, `${n++}`, 'lock.json');
});

const isOurs = (taken: Lock | Owner): taken is Lock => 'release' in taken;
const claimed = (at = file): Lock => {
  const taken = claimLock(at);
  if (!isOurs(taken)) throw new Error(`process ${taken.pid} has ${at}`);
  return taken;
};
const left = (): string[] => readdirSync(path.dirname(file));

/** The number of a process that has just ended. */
const deadPid = async (): Promise<number> => {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'close');
  return child.pid!;
};
const lockOf = (pid: number, more: object = {}): string =>
  JSON.stringify({ pid, host: os.hostname(), born: '1', token: 'of-somebody-else', ...more });

describe('processes that race for a lock', () => {
  const ROUNDS = 60;
  let racers: ChildProcess[];
  let dead: number;

  const startRacer = async (): Promise<ChildProcess> => {
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    const execArgv = ['--import', tsx, '--conditions=@understory/source'];
    const child = fork(new URL('testing/racer.ts', import.meta.url), { execArgv });
    await once(child, 'message');
    return child;
  };
  const told = async (racer: ChildProcess, message: Round | { release: string }): Promise<string> => {
    const answer = once(racer, 'message');
    racer.send(message);
    return (await answer)[0] as string;
  };
  const race = async (at: string): Promise<string[]> => {
    const round = { file: at, at: Date.now() + 3 };
    return Promise.all(racers.map((racer) => told(racer, round)));
  };

  beforeAll(async () => {
    racers = await Promise.all(Array.from({ length: 3 }, startRacer));
    dead = await deadPid();
  });
  afterAll(() => racers.forEach((racer) => racer.disconnect()));

  const old = (text: string) => (): void => {
    writeFileSync(file, text);
    utimesSync(file, 1, 1);
  };
  const situations: readonly (readonly [string, (round: number) => void])[] = [
    ['where there is none', () => undefined],
    ['that a dead process left', () => writeFileSync(file, lockOf(dead))],
    ['whose owner’s number is another process’s now', () => writeFileSync(file, lockOf(process.pid))],
    [
      'that a dead process left, and another that died as it took over',
      () => {
        writeFileSync(file, lockOf(dead));
        writeFileSync(`${file}.after-of-somebody-else`, lockOf(dead, { token: 'of-the-first-heir' }));
      },
    ],
    [
      'that is no lock',
      (round) => old(['', '{', '[]', 'null', '{"pid":"1"}', '\0'.repeat(9999), lockOf(-1)][round % 7]!)(),
    ],
  ];

  it.each(situations)('have one winner, %s', async (_, prepare) => {
    for (let round = 0; round < ROUNDS; round++) {
      prepare(round);
      const answers = await race(file);
      expect([...answers].sort()).toEqual(['lost', 'lost', 'won']);
      const winner = racers[answers.indexOf('won')]!;
      expect(lockOwner(file)?.pid).toBe(winner.pid);
      for (const racer of racers) if (racer !== winner) await told(racer, { release: file });
      expect(lockOwner(file)?.pid).toBe(winner.pid); // only its owner gives it back
      await told(winner, { release: file });
      expect(left()).toEqual([]);
    }
  });
});

describe('claimLock', () => {
  it('is held until it is given back, by this process too', () => {
    const lock = claimed();
    expect(claimLock(file)).toMatchObject({ pid: process.pid, host: os.hostname() });
    expect(left()).toEqual(['lock.json']);
    lock.release();
    expect(left()).toEqual([]);
    claimed().release();
  });

  it('leaves alone what is another’s by now, and what vanished', () => {
    const lock = claimed();
    writeFileSync(file, lockOf(process.pid));
    lock.release();
    expect(readFileSync(file, 'utf8')).toContain('of-somebody-else');
    const gone = claimed();
    rmSync(path.dirname(file), { recursive: true });
    gone.release();
    expect(existsSync(file)).toBe(false);
  });

  it('believes a machine that cannot be asked for ten minutes after its last beat', () => {
    writeFileSync(file, lockOf(1, { host: 'elsewhere' }));
    expect(claimLock(file)).toMatchObject({ host: 'elsewhere' });
    const ago = Date.now() / 1000 - 700;
    utimesSync(file, ago, ago);
    claimed().release();
  });

  it('removes what killed processes left beside it, once it is old', () => {
    const [young, old] = [`${file}.claim-young`, `${file}.claim-old`];
    for (const name of [young, old]) writeFileSync(name, '');
    utimesSync(old, 1, 1);
    const lock = claimed();
    expect(left().sort()).toEqual(['lock.json', 'lock.json.claim-young']);
    lock.release();
  });

  it('names what lies in its place and can be no lock', () => {
    mkdirSync(file);
    expect(() => claimLock(file)).toThrow(/is a folder, where a lock should be\. Remove it/);
    rmSync(file, { recursive: true });
    symlinkSync('nowhere', file);
    expect(() => claimLock(file)).toThrow(/no file/);
    rmSync(file);
    const own = lockOf(2 ** 22 + 7);
    for (const name of [file, `${file}.after-of-somebody-else`]) writeFileSync(name, own);
    expect(() => claimLock(file)).toThrow(/Remove it/);
    expect(left().filter((name) => name.includes('claim'))).toEqual([]);
  });

  it.runIf(process.getuid?.() !== 0)('says what the file system says where it cannot write', () => {
    chmodSync(path.dirname(file), 0o555);
    expect(() => claimLock(file)).toThrow(/EACCES/);
    chmodSync(path.dirname(file), 0o755);
  });
});

describe('withLock', () => {
  const holder = (pid: number, host = os.hostname()): void =>
    writeFileSync(file, JSON.stringify({ pid, host, token: 'theirs' }));

  it('lets one in at a time, and takes itself away', async () => {
    let inside = 0;
    let most = 0;
    const work = (): Promise<void> =>
      withLock(file, async () => {
        most = Math.max(most, ++inside);
        await sleep(20);
        inside--;
      });
    await Promise.all([work(), work(), work()]);
    expect(most).toBe(1);
    expect(existsSync(file)).toBe(false);
  });

  it('takes over at once from a process that has died', async () => {
    holder(await deadPid());
    expect(await withLock(file, () => Promise.resolve(1))).toBe(1);
  });

  it('waits for one that lives, here or on another machine, until told to stop', async () => {
    for (const host of [os.hostname(), 'another-machine']) {
      holder(process.pid, host);
      utimesSync(file, 0, 0); // an old clock is no reason to break it
      const seen: number[] = [];
      const signal = AbortSignal.timeout(300);
      await expect(
        withLock(file, () => Promise.resolve(1), { signal, onWait: (pid) => seen.push(pid) }),
      ).rejects.toThrow();
      expect(seen[0]).toBe(process.pid);
      expect(readFileSync(file, 'utf8')).toContain('theirs');
    }
  });
});
