import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';

it('trains an ordinary tfjs model by its own fit', () => {
  const ran = spawnSync(process.execPath, [path.join(import.meta.dirname, 'train.js')], { encoding: 'utf8' });
  expect(ran.status, ran.stderr).toBe(0);
  expect(ran.stdout).toMatch(/accuracy (0\.[89]|1\.)\d* after \d epochs/);
});
