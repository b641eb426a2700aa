import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';

const here = import.meta.dirname;
const bin = path.resolve(here, '../../packages/cli/bin/understory.js');

it('trains with a loss that this folder brings', () => {
  const runs = mkdtempSync(path.join(tmpdir(), 'own-plugin-'));
  const ran = spawnSync(process.execPath, [bin, 'train', path.join(here, 'config.yaml'), '--runs', runs], {
    encoding: 'utf8',
  });
  expect(ran.status, ran.stderr).toBe(0);
  const lines = readFileSync(path.join(runs, 'own-plugin/metrics.jsonl'), 'utf8').trim().split('\n');
  const losses = lines
    .map((l) => JSON.parse(l) as { type: string; loss: number })
    .filter((l) => l.type === 'epoch');
  expect(losses[1]!.loss).toBeLessThan(losses[0]!.loss);
});
