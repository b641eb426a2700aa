import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HOME } from './compile.ts';
import { blocksIn } from './documented.ts';
import { writeFixtures } from './fixtures.test.support.ts';

const blocks = blocksIn('ts', 'js');
const [programs, left] = [
  blocks.filter((b) => b.notRun === undefined),
  blocks.filter((b) => b.notRun !== undefined),
];

const before = process.cwd();
let folder: string;
beforeAll(async () => {
  const cache = path.join(HOME, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  folder = mkdtempSync(path.join(cache, 'blocks-'));
  await writeFixtures(folder);
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

describe('every program of the READMEs and guides runs, beside the files that it names', () => {
  it.each(programs.map((block) => [block.name, block.text] as const))('%s', async (name, text) => {
    const file = path.join(folder, `${name.replaceAll(/\W/g, '-')}.ts`); // a suffix that vitest reads itself, so that packages are their sources
    writeFileSync(file, text);
    const quiet = [vi.spyOn(console, 'log'), vi.spyOn(console, 'warn'), vi.spyOn(process.stdout, 'write')];
    for (const spy of quiet) spy.mockImplementation((() => true) as () => never);
    try {
      await import(file);
    } finally {
      for (const spy of quiet) spy.mockRestore();
    }
  });

  it('or says on its page why not', () => {
    console.log(`${programs.length} programs run; ${left.length} are compiled alone:`);
    for (const { name, notRun } of left) console.log(`  ${name}: ${notRun}`);
    expect(left.filter(({ notRun = '' }) => notRun.split(' ').length < 3)).toEqual([]);
    expect(left.length).toBeLessThan(programs.length / 3);
  });
});
