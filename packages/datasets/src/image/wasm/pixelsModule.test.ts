import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';

it('is what pixels.wat compiles to', () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'wasm-')), 'pixelsModule.ts');
  execFileSync(process.execPath, [
    path.join(import.meta.dirname, '../../../testdata/pixelsModule.mjs'),
    file,
  ]);
  const kept = readFileSync(path.join(import.meta.dirname, 'pixelsModule.ts'), 'utf8');
  expect(kept).toBe(readFileSync(file, 'utf8'));
});
