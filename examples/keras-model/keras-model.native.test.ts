import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';

it('trains a model that was converted from Keras, with a term of its loss for each tap', () => {
  const ran = spawnSync(process.execPath, [path.join(import.meta.dirname, 'train.js')], { encoding: 'utf8' });
  expect(ran.status, ran.stderr).toBe(0);
  const lines = ran.stdout.split('\n').filter((line) => line.startsWith('epoch'));
  expect([...lines[0]!.matchAll(/(\w+) \d+\.\d+/g)].map((m) => m[1])).toEqual([
    'loss',
    'ce',
    'stage1_out',
    'stage2_relu',
    'final',
  ]);
  const losses = lines.map((line) => Number(/loss (\d+\.\d+)/.exec(line)![1]));
  expect(losses.at(-1)).toBeLessThan(losses[0]!);
});
