import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';

const here = import.meta.dirname;
const bin = path.resolve(here, '../../packages/cli/bin/understory.js');
const understory = (...args: string[]) => spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8' });

interface Line {
  readonly type: string;
  readonly loss: number;
  readonly terms: Readonly<Record<string, number>>;
}

it('trains a model of plain tf.layers, with a term of its loss for each tap', () => {
  const runs = mkdtempSync(path.join(tmpdir(), 'plain-'));
  const ran = understory('train', path.join(here, 'config.yaml'), '--runs', runs);
  expect(ran.status, ran.stderr).toBe(0);
  const lines = readFileSync(path.join(runs, 'plain-layers-model/metrics.jsonl'), 'utf8').trim().split('\n');
  const epochs = lines.map((l) => JSON.parse(l) as Line).filter((l) => l.type === 'epoch');
  expect(Object.keys(epochs[0]!.terms)).toEqual([
    'cross-entropy/ce',
    'contrastive-deep-supervision/one',
    'contrastive-deep-supervision/two',
    'contrastive-deep-supervision/final',
  ]);
  expect(epochs.at(-1)!.loss).toBeLessThan(epochs[0]!.loss);
  // The final feature has no head of its own, and its term wanders in so few steps.
  for (const [name, first] of Object.entries(epochs[0]!.terms).slice(0, -1))
    expect(epochs.at(-1)!.terms[name], name).toBeLessThan(first);
});

it('is described with its taps', () => {
  const { stdout, stderr } = understory('describe', 'plain', '--plugin', path.join(here, 'plugin.js'));
  expect(stdout, stderr).toMatch(/two +16×16×32 +2 +sepconv/);
});
