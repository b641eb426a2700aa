import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { seedOf } from '@understory/core';
import { metricsOf, temporaryFolder } from '@understory/runs/testing';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { start, type understory } from '../testing/understory.ts';

const folder = temporaryFolder();
const kept = path.join(folder, 'kept');
const NAME = 'supervision-resnet18';

/** CIFAR-10's binary files, of 40 images of noise each. */
const writeCifar = (root: string): void => {
  mkdirSync(root);
  const files = ['test_batch', ...[1, 2, 3, 4, 5].map((n) => `data_batch_${n}`)];
  for (const [i, file] of files.entries()) {
    const rng = seedOf(i).rng();
    const bytes = Uint8Array.from({ length: 40 * 3073 }, () => rng.integer(0, 255));
    for (let record = 0; record < 40; record++) bytes[record * 3073] = record % 10;
    writeFileSync(path.join(root, `${file}.bin`), bytes);
  }
  const classes = Array.from({ length: 10 }, (_, c) => `class ${c}\n`);
  writeFileSync(path.join(root, 'batches.meta.txt'), classes.join(''));
};

const startReproduce = (runs: string, ...more: readonly string[]): ReturnType<typeof start> => {
  const data = ['--data', 'cifar', '--only', 'baseline', '--runs', runs, '--results', kept];
  const small = ['--set', 'epochs=1', '--set', 'batch=60', '--set', 'backbone=[resnet18, { width: 0.0625 }]'];
  return start(['reproduce', NAME, ...data, ...small, ...more], folder);
};
const reproduce = (runs: string, ...more: readonly string[]): ReturnType<typeof understory> =>
  startReproduce(runs, ...more).finished;
const tableIn = (stdout: string): string[] => stdout.split('\n').filter((line) => line.startsWith('|'));
const results = (): string[] => readdirSync(path.join(kept, 'pocket', NAME));

let first: Awaited<ReturnType<typeof understory>>;
beforeAll(async () => {
  writeCifar(path.join(folder, 'cifar'));
  first = await reproduce('here', '--seeds', '1');
});

describe('understory reproduce --jobs', () => {
  const two = (runs: string, ...more: string[]): ReturnType<typeof understory> =>
    reproduce(runs, '--results', path.join(folder, runs), '--jobs', '2', ...more);

  it('trains rows side by side', async () => {
    const { code, stdout, stderr } = await two('pair', '--seeds', '2');
    expect(code, stdout + stderr).toBe(0);
    expect(tableIn(stdout).at(-1)).toMatch(/\| 0, 1 +\|/);
    for (const seed of [0, 1]) expect(stdout).toContain(`baseline-seed${seed}  epoch 1/1`);
  });

  it('says which row failed, and why', async () => {
    const { code, stderr } = await two('pair', '--seeds', '2', '--set', 'epochs=2');
    expect(code).toBe(1);
    expect(stderr).toMatch(/baseline-seed[01]: .* other settings/);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGKILL', null], // of the process that started them alone
  ] as const)('leaves a checkpoint of each row at %s, and no process', async (name, exit) => {
    const args = ['--seeds', '2', '--set', 'epochs=400'];
    const begun = startReproduce(name, '--results', path.join(folder, name), '--jobs', '2', ...args);
    const runOf = (seed: number): string => path.join(folder, name, `${NAME}-pocket`, `baseline-seed${seed}`);
    const steps = (seed: number): number =>
      metricsOf(runOf(seed)).filter(({ type }) => type === 'step').length;
    while (Math.min(steps(0), steps(1)) < 4) await new Promise((wake) => setTimeout(wake, 100));
    begun.process.kill(name);
    const { code, stdout } = await begun.finished;
    expect([code, tableIn(stdout)]).toEqual([exit, []]);
    for (const seed of [0, 1]) {
      await vi.waitFor(() => expect(existsSync(path.join(runOf(seed), 'lock.json'))).toBe(false), 60_000);
      expect(metricsOf(runOf(seed)).findLast(({ type }) => type === 'done')).toMatchObject({ aborted: true });
    }
  });
});

describe('understory reproduce', () => {
  it('keeps the result of a row, and prints the table', () => {
    expect(first.code, first.stderr).toBe(0);
    expect(results()).toEqual(['baseline-seed0.json']);
    const { row, seed, settings, epochs } = JSON.parse(
      readFileSync(path.join(kept, 'pocket', NAME, 'baseline-seed0.json'), 'utf8'),
    ) as Record<string, unknown>;
    expect({ row, seed, epochs }).toEqual({ row: 'baseline', seed: 0, epochs: 1 });
    expect(settings).toMatchObject({ batch: 60 });
    expect(tableIn(first.stdout)).toHaveLength(3);
  });

  it('records what its run was made by and began with, and how it went', () => {
    const file = path.join(kept, 'pocket', NAME, 'baseline-seed0.json');
    const { data, made, curve, tested } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    expect(data).toEqual({
      train: expect.stringMatching(/^180-\w{16}$/) as string,
      validation: expect.stringMatching(/^20-\w{16}$/) as string,
      test: expect.stringMatching(/^40-\w{16}$/) as string,
    });
    expect(made).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+/) as string,
      processor: expect.stringMatching(/\w/) as string,
      weights: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
    });
    expect(curve).toMatchObject({ loss: [expect.any(Number)], metrics: { accuracy: [expect.any(Number)] } });
    expect(tested).toBeUndefined();
  });

  it('goes on elsewhere: what is kept is not trained again', async () => {
    const { code, stdout, stderr } = await reproduce('there', '--seeds', '2');
    expect(code, stderr).toBe(0);
    expect(existsSync(path.join(folder, 'there', `${NAME}-pocket`, 'baseline-seed0'))).toBe(false);
    expect(existsSync(path.join(folder, 'there', `${NAME}-pocket`, 'baseline-seed1'))).toBe(true);
    expect(results()).toEqual(['baseline-seed0.json', 'baseline-seed1.json']);
    expect(tableIn(stdout).at(-1)).toMatch(/\| 0, 1 +\|/);
  });

  it('writes the table into a page without training', async () => {
    const page = path.join(folder, 'page.md');
    writeFileSync(page, `# Results\n\n<!-- table ${NAME} -->\n<!-- end of table -->\n`);
    const { code, stdout, stderr } = await reproduce('nowhere', '--kept', '--into', 'page.md');
    expect(code, stderr).toBe(0);
    expect(tableIn(readFileSync(page, 'utf8'))).toEqual(tableIn(stdout));
    expect(readdirSync(path.join(folder, 'nowhere', `${NAME}-pocket`))).toEqual(['table.md']);
  });

  it('goes on after a row that failed, tells it at once and at the end, and draws the table', async () => {
    const { code, stdout, stderr } = await reproduce(
      'here',
      '--seeds',
      '2',
      '--set',
      'epochs=2',
      '--picture',
      'table.svg',
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /baseline-seed0: .* other settings[^]*The other rows go on\.[^]*1 row failed \(baseline-seed0\)/,
    );
    expect(stdout).toContain('epoch 2/2'); // of seed 1
    expect(readFileSync(path.join(folder, 'table.svg'), 'utf8')).toContain('<svg');
    const aside = results().filter((name) => name.endsWith('.before.json')); // it made way for one of these settings
    expect([results().length, aside]).toEqual([3, ['baseline-seed1.before.json']]);
    expect(stderr).toContain('baseline-seed1.before.json is what was kept before');
  });

  it('does not pass off a run of other settings as the one asked for', async () => {
    const { code, stderr } = await reproduce('here', '--seeds', '1', '--set', 'epochs=2');
    expect(code).toBe(1);
    expect(stderr).toContain('other settings');
    expect(results()).toHaveLength(3);
  });
});
