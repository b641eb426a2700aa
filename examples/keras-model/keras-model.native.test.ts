import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';

it('trains a model that was converted from Keras, each term of its loss', () => {
  const ran = spawnSync(process.execPath, [path.join(import.meta.dirname, 'train.js')], { encoding: 'utf8' });
  expect(ran.status, ran.stderr).toBe(0);
  const lines = ran.stdout.split('\n').filter((line) => line.startsWith('epoch'));
  const numbers = lines.map((line) => [...line.matchAll(/ (\d+\.\d+)/g)].map((m) => Number(m[1])));
  expect(numbers[0]).toHaveLength(5);
  numbers.at(-1)!.forEach((last, i) => expect(last).toBeLessThan(numbers[0]![i]!));
});
