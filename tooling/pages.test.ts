import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { build, type BuildResult } from 'esbuild';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');

/** Packages that are made for Node as a whole: they read files, run TensorFlow, or bring what does; and what tests plugins. */
const NODE_ALONE = new Set(['cli', 'dashboard', 'datasets', 'emoji', 'engine', 'recipes', 'runs', 'testing']);
/** Entries for Node, and for tests; every other one has to run in a page. */
const APART = new Set(['./node', './testing', './package.json']);

interface Package {
  readonly exports: Readonly<Record<string, Readonly<Record<'@understory/source', string>>>>;
}

/** `core`, `core/errors`, … by the source file that each entry is. */
const entries = readdirSync(path.join(root, 'packages'))
  .filter((name) => !NODE_ALONE.has(name))
  .flatMap((name) => {
    const folder = path.join(root, 'packages', name);
    const { exports } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Package;
    return Object.entries(exports)
      .filter(([entry]) => !APART.has(entry))
      .map(
        ([entry, { '@understory/source': source }]) =>
          [path.posix.join(name, entry), path.join(folder, source)] as const,
      );
  });

/** An entry, bundled for a page that loads tfjs by itself. What only Node has cannot be resolved, and is an error. */
const bundle = (entry: string): Promise<BuildResult<{ write: false; metafile: true }>> =>
  build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['@understory/source'],
    external: ['@tensorflow/*'],
    logLevel: 'silent',
  });

/** What Node has and a page has not, beside modules; a name in a comment or text stands in quotes or alone. */
const GLOBALS = /(?<![\w.`'"])(?:Buffer|process|__dirname|require)(?:\.\w|\()/;

it.each(entries)('%s runs in a page: it imports nothing of Node', async (_, entry) => {
  const { metafile } = await bundle(entry);
  const own = Object.keys(metafile.inputs).filter((file) => !file.includes('node_modules'));
  expect(own.length).toBeGreaterThan(0);
  const using = own.filter((file) => GLOBALS.test(readFileSync(path.join(root, file), 'utf8')));
  expect(using).toEqual([]);
});

it('knows which packages there are', () => {
  const names = readdirSync(path.join(root, 'packages'));
  for (const name of NODE_ALONE) expect(names).toContain(name);
  expect(entries.map(([name]) => name)).toEqual(
    expect.arrayContaining(['core', 'losses/plugins', 'config', 'report']),
  );
});

it('brings the losses into a page in less than 40 kB beside tfjs', async () => {
  const { outputFiles } = await bundle(path.join(root, 'packages/losses/src/index.ts'));
  expect(outputFiles[0]!.contents.length).toBeLessThan(40_000);
});
