import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readSweep, type Trial } from '@understory/runs';
import { metricsOf, temporaryFolder } from '@understory/runs/testing';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { RED } from '../testing/squares.ts';
import { start, understory, type Finished } from '../testing/understory.ts';

const CONFIG = `
name: red
dataset: [images, { root: data, size: [16, 16] }]
backbone: [resnet18, { width: 0.0625 }]
objectives: [cross-entropy]
metrics: [accuracy]
epochs: 2
batch: 8
schedule: [constant, { rate: 0.02 }]
`;

const folder = temporaryFolder();
// The last rate makes numbers that are not finite.
const args = (runs: string, ...more: string[]): string[] => [
  ...['sweep', 'c.yaml', '--over', 'schedule.rate=0.05,0.02,1e30', '--seeds', '2', '--jobs', '2'],
  ...['--runs', runs, ...more],
];
const sweep = (runs: string, ...more: string[]): Promise<Finished> => understory(args(runs, ...more), folder);
const fileOf = (runs: string, name: string): string => path.join(folder, runs, 'red-sweep', name);

/** What trials came to, without how long it took and where it is kept. */
const outcomes = async (runs: string): Promise<Trial[]> =>
  (await readSweep(fileOf(runs, 'sweep.json')))?.tried.map((trial) => ({
    ...trial,
    ...(trial.reason !== undefined && { reason: trial.reason.replace(path.join(folder, runs), '') }),
    runs: trial.runs.map((run) => ({ ...run, seconds: 0 })),
  })) ?? [];
/** The table without its column of times. */
const tableIn = (stdout: string): string[] =>
  stdout
    .split('\n')
    .flatMap((line) => (/^ *\d .*%|failed: /.test(line) ? [line.replace(/\d+ s\b/, '')] : []));

let whole: Finished;
beforeAll(async () => {
  for (const name of ['cat', 'dog']) {
    mkdirSync(path.join(folder, 'data', name), { recursive: true });
    for (let i = 0; i < 20; i++) writeFileSync(path.join(folder, 'data', name, `${i}.png`), RED);
  }
  writeFileSync(path.join(folder, 'c.yaml'), CONFIG);
  whole = await sweep('whole');
});

describe('understory sweep', () => {
  it('trains every combination with every seed, and tells the best first and what failed', async () => {
    expect(whole.code, whole.stderr).toBe(0);
    expect(whole.stdout).toMatch(/3 trials by grid search, 2 seeds each: 2 at their end, .* 1 failed/);
    expect(tableIn(whole.stdout)).toHaveLength(3);
    expect(whole.stdout).toMatch(/the config’s own values/);
    expect(whole.stderr).toMatch(/trial-003 failed, and the sweep goes on: At step \d+: .*not finite/);
    const states = (await outcomes('whole')).map(({ state, runs }) => [state, runs.length]);
    expect(states).toEqual([
      ['ended', 2],
      ['ended', 2],
      ['failed', 0],
    ]);
    expect(readFileSync(fileOf('whole', 'sweep.html'), 'utf8')).toMatch(/1 failed.*<svg/s);
  });

  it('looks at no test image', () => {
    const info = JSON.parse(readFileSync(fileOf('whole', 'trial-001-seed0/config.json'), 'utf8')) as {
      dataset: { fingerprint: { splits: Record<string, { count: number }> } };
    };
    expect(info.dataset.fingerprint.splits).toMatchObject({ validation: { count: 4 }, test: { count: 0 } });
    expect(whole.stdout).toMatch(/test images were left aside/);
  });

  it('goes on where it was killed, and ends with the same table', async () => {
    const begun = start(args('killed'), folder);
    const steps = (): number => metricsOf(fileOf('killed', 'trial-001-seed0')).length;
    while (steps() < 3 && begun.process.exitCode === null) await sleep(20);
    begun.process.kill('SIGKILL');
    await begun.finished;
    const locks = [1, 2].map((n) => fileOf('killed', `trial-00${n}-seed0/lock.json`));
    await vi.waitFor(() => expect(locks.some((lock) => existsSync(lock))).toBe(false), 60_000);
    expect((await outcomes('killed')).some(({ state }) => state === 'begun')).toBe(true);
    const { code, stdout, stderr } = await sweep('killed');
    expect(code, stderr).toBe(0);
    expect(tableIn(stdout)).toEqual(tableIn(whole.stdout));
    expect(await outcomes('killed')).toEqual(await outcomes('whole'));
  });

  it('trains nothing that is at its end, and refuses to go on with other settings', async () => {
    const again = await sweep('whole');
    expect([again.code, tableIn(again.stdout)]).toEqual([0, tableIn(whole.stdout)]);
    expect(again.stdout).not.toMatch(/epoch 1\/2/);
    const other = await sweep('whole', '--set', 'batch=4');
    expect(other.code).toBe(1);
    expect(other.stderr).toMatch(
      /sweep\.json was begun with other settings: batch, where batch was 8 and is 4/,
    );
  });
});
