import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

const home = path.resolve(import.meta.dirname, '..');
const page = readFileSync(path.join(home, '../../docs/guide/migration.md'), 'utf8');
const programs = [...page.matchAll(/^```ts\n([^]*?)^```/gm)]
  .map(([, text = '']) => text)
  .filter((text) => text.includes('@understory/losses'));
const { printed } = JSON.parse(readFileSync(path.join(home, 'testdata/migration.json'), 'utf8')) as {
  printed: readonly number[];
};

// Beside this package's dependencies, where the programs find what they import.
const folder = path.join(home, 'node_modules/.cache/migration');
beforeAll(() => mkdirSync(folder, { recursive: true }));
afterAll(() => rmSync(folder, { recursive: true }));

it('has a program for each of those that it stands in for', () => {
  expect(programs).toHaveLength(printed.length);
});

it.each(printed.map((value, i) => [i + 1, value] as const))(
  'program %i prints what the one before it does',
  async (i, value) => {
    const file = path.join(folder, `${i}.ts`);
    writeFileSync(file, programs[i - 1] ?? '');
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    await import(file);
    expect(Number(log.mock.calls[0]?.[0]) / value).toBeCloseTo(1, 5);
    log.mockRestore();
  },
);
