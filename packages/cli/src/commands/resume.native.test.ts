import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { metricsOf, temporaryFolder } from '@understory/runs/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RunInfo } from '@understory/runs';
import { RED } from '../testing/squares.ts';
import { start, understory, type Finished } from '../testing/understory.ts';

// 14 training images a class in batches of 8: an epoch of 4 steps, the last of which is smaller.
const CONFIG = `
name: case
dataset: [images, { root: data, size: [16, 16] }]
backbone: [resnet18, { width: 0.0625 }]
objectives: [cross-entropy]
metrics: [accuracy]
epochs: 2
batch: 8
checkpointEvery: 1
schedule: [cosine, { rate: 0.05 }]
`;

const base = temporaryFolder();
beforeAll(async () => {
  for (const name of ['cat', 'dog']) {
    mkdirSync(path.join(base, 'data', name), { recursive: true });
    for (let i = 0; i < 20; i++) writeFileSync(path.join(base, 'data', name, `${i}.png`), RED);
  }
  writeFileSync(path.join(base, 'c.yaml'), CONFIG);
  const { code, stdout, stderr } = await understory(['train', 'c.yaml'], base);
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/^2 classes; 28 train, 4 validation.*, 8 test/m);
});

const resumed = async (
  args: readonly string[] = [],
  change: (folder: string) => void = () => undefined,
): Promise<Finished & { readonly folder: string }> => {
  const folder = temporaryFolder();
  cpSync(base, folder, { recursive: true });
  change(folder);
  return { folder, ...(await understory(['train', 'c.yaml', '--resume', ...args], folder)) };
};

const flip = (file: string): void => {
  const bytes = readFileSync(file);
  bytes[bytes.length - 100]! ^= 1;
  writeFileSync(file, bytes);
};
const at = (file: string) => (folder: string) => path.join(folder, 'runs/case', file);
const [last, best, metrics] = [
  'checkpoints/last.safetensors',
  'checkpoints/best.safetensors',
  'metrics.jsonl',
].map(at);

describe('understory train --resume', () => {
  it.each<[what: string, args: readonly string[], change: (folder: string) => void, message: RegExp]>([
    ['another batch', ['--set', 'batch=4'], () => undefined, /batch \(8 → 4\)/],
    ['another seed', ['--set', 'seed=1'], () => undefined, /seed \(0 → 1\)/],
    [
      'fewer epochs than were done',
      ['--set', 'epochs=1'],
      () => undefined,
      /"epochs" is 1, and the run has done 2/,
    ],
    ['another rate', ['--set', 'schedule.rate=0.1'], () => undefined, /0\.05 → 0\.1.*--allow schedule/],
    ['an image more', [], (f) => writeFileSync(path.join(f, 'data/cat/99.png'), RED), /train images: 28 → /],
    [
      'an image of another class',
      [],
      (f) => renameSync(path.join(f, 'data/cat/3.png'), path.join(f, 'data/dog/3b.png')),
      /"dataset" holds other data .*(New|Gone): /,
    ],
    [
      'a damaged last checkpoint',
      [],
      (f) => flip(last!(f)),
      /last\.safetensors is damaged.*--from previous \(step 7\)/,
    ],
    ['no last checkpoint', [], (f) => rmSync(last!(f)), /last\.safetensors is missing.*--from previous/],
    ['no best checkpoint', [], (f) => rmSync(best!(f)), /best\.safetensors is missing/],
    ['no metrics', [], (f) => rmSync(metrics!(f)), /metrics\.jsonl is missing/],
    [
      '--allow of what cannot change',
      ['--allow', 'batch'],
      () => undefined,
      /cannot change when a run goes on/,
    ],
  ])('refuses %s, in one line', async (_what, args, change, message) => {
    const { code, stderr, folder } = await resumed(args, change);
    expect(code, stderr).toBe(1);
    const [line = '', ...more] = stderr
      .trim()
      .split('\n')
      .filter((text) => text.startsWith('understory:'));
    expect(line).toMatch(message);
    expect(more).toEqual([]);
    expect(line.length).toBeLessThan(400 + 3 * folder.length);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('goes on from the checkpoint that a refusal names, by either command', async () => {
    const folder = temporaryFolder();
    cpSync(base, folder, { recursive: true });
    flip(last!(folder));
    const damaged = await understory(['resume', 'runs/case'], folder);
    expect(damaged.stderr).toMatch(/Go on from another one, with --from previous \(step 7\)/);
    const { code, stderr } = await understory(['resume', 'runs/case', '--from', 'previous'], folder);
    expect(code, stderr).toBe(0);
  });

  it('goes on from the checkpoint before a damaged one, with what is allowed, and records it', async () => {
    const args = [
      '--from',
      'previous',
      '--set',
      'epochs=3',
      '--set',
      'schedule.rate=0.02',
      '--allow',
      'rate',
    ];
    const { code, stdout, stderr, folder } = await resumed(args, (f) => flip(last!(f)));
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/3 epochs of 4 steps, going on from step 7/);
    expect(stderr).toMatch(/Changed from step 7 on: epochs \(2 → 3\), schedule\.rate \(0\.05 → 0\.02\)/);
    const { history, made } = JSON.parse(readFileSync(at('config.json')(folder), 'utf8')) as RunInfo;
    expect(made?.weights).toMatch(/^[0-9a-f]{32}$/);
    expect(history).toMatchObject([{ step: 7, changes: [{ key: 'epochs' }, { key: 'schedule.rate' }] }]);
    expect(metricsOf(path.join(folder, 'runs/case')).filter((l) => l.type === 'step')).toHaveLength(12);
  });

  it('ends when its folder vanishes, and makes it not again', async () => {
    const folder = temporaryFolder();
    cpSync(base, folder, { recursive: true });
    const args = ['train', 'c.yaml', '--set', 'epochs=200', '--runs', 'lost'];
    const { process: child, finished } = start(args, folder);
    const run = path.join(folder, 'lost/case');
    while (metricsOf(run).length < 5 && child.exitCode === null) await sleep(5);
    renameSync(run, `${run}-moved`);
    const { code, stderr } = await finished;
    expect(code).toBe(1);
    expect(stderr).toMatch(/understory: .*(was moved or deleted|its folder is not there)/);
    expect(existsSync(run)).toBe(false);
  });
});

describe('understory evaluate', () => {
  it('says so when the images are others than the run had, and refuses classes that it does not know', async () => {
    const folder = temporaryFolder();
    cpSync(base, folder, { recursive: true });
    const info = at('config.json')(folder); // its data lies beside the copy now
    writeFileSync(info, readFileSync(info, 'utf8').replace(JSON.stringify(base), JSON.stringify(folder)));
    const evaluate = (): Promise<Finished> => understory(['evaluate', 'runs/case', '--json'], folder);
    expect(JSON.parse((await evaluate()).stdout)).toMatchObject({ asTrained: true, samples: 8 });
    for (let i = 50; i < 70; i++) writeFileSync(path.join(folder, 'data/dog', `${i}.png`), RED);
    const other = await evaluate();
    expect(JSON.parse(other.stdout)).toMatchObject({ asTrained: false });
    expect(other.stderr).toMatch(/not the images that the run had: test images: 8 → \d+/);
    cpSync(path.join(folder, 'data/dog'), path.join(folder, 'data/emu'), { recursive: true });
    expect((await evaluate()).stderr).toMatch(/class "emu" that the network does not know/);
  });
});
