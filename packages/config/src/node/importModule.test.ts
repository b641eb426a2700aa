import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { importModule } from './importModule.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'import-'));
const write = (name: string, text: string): string => {
  writeFileSync(path.join(folder, name), text);
  return pathToFileURL(path.join(folder, name)).href;
};

it('takes TypeScript that no Node runs by itself, and makes what two modules import once', async () => {
  write('shared.ts', 'export enum Size { small = 3 }\nexport const thing: object = {};');
  const uses = `import { Size, thing } from './shared.ts';\nexport const size: number = Size.small;\nexport { thing };`;
  const [a, b] = [await importModule(write('a.ts', uses)), await importModule(write('b.mts', uses))];
  expect([a['size'], b['size']]).toEqual([3, 3]);
  expect(a['thing']).toBe(b['thing']);
});

it('takes JavaScript as it is', async () => {
  expect((await importModule(write('c.mjs', 'export const c = 1;')))['c']).toBe(1);
});

it('fails where the module is wrong', async () => {
  await expect(importModule(write('d.ts', 'export const d: = 1;'))).rejects.toThrow();
});
