import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';

it('trains a model that was converted from Keras, with a term of its loss for each tap', () => {
  const ran = spawnSync(process.execPath, [path.join(import.meta.dirname, 'train.js')], { encoding: 'utf8' });
  expect(ran.status, ran.stderr).toBe(0);
  const lines = ran.stdout.split('\n').filter((line) => line.startsWith('epoch'));
  const values = lines.map((line) =>
    [...line.matchAll(/(\w+) (\d+\.\d+)/g)].map(([, name, value]) => [name, Number(value)] as const),
  );
  expect(values[0]!.map(([name]) => name)).toEqual(['loss', 'ce', 'stage1_out', 'stage2_relu', 'final']);
  // The final feature has no head of its own, and its term wanders in so few steps.
  for (const [i, [name, first]] of values[0]!.slice(0, -1).entries())
    expect(values.at(-1)![i]![1], name).toBeLessThan(first);
});
