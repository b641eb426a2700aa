import path from 'node:path';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');

/** Bytes of a package's main entry, bundled for a page that loads tfjs by itself. */
const pageBytes = async (name: string): Promise<number> => {
  const result = await build({
    entryPoints: [path.join(root, 'packages', name, 'src/index.ts')],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: ['@understory/source'],
    external: ['@tensorflow/*'],
    logLevel: 'silent',
  });
  return result.outputFiles[0]!.contents.length;
};

it('brings the losses into a page in less than 40 kB beside tfjs', async () => {
  expect(await pageBytes('losses')).toBeLessThan(40_000);
});
