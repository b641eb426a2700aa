import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as guide from './guide.ts';
import { brokenMaps } from './maps.ts';
import { packAll, packPlatforms } from './pack.ts';
import * as project from './project.ts';
import { serveTarballs, type LocalRegistry } from './registry.ts';
import { entriesOf, publishedPackages } from './workspace.ts';

const all = publishedPackages();
const entries = all.flatMap(({ manifest }) => entriesOf(manifest));
const packed = mkdtempSync(path.join(tmpdir(), 'understory-packed-'));
const tarballs = await packAll(packed);
let registry: LocalRegistry;

/** An event of an epoch, as a run keeps it. */
interface Told {
  readonly type: string;
  readonly epoch: number;
  readonly loss: number;
  readonly terms: Readonly<Record<string, number>>;
  readonly metrics: Readonly<Record<string, number>>;
}

let folder: string;
afterAll(() => rmSync(packed, { recursive: true }));

// Foreign packages come from npm's cache, or from the registry that npm is set up for; without both there is nothing to try.
const { status: unreached } = await project.runIn(packed, 'npm', [
  'view',
  'zod',
  'version',
  '--prefer-offline',
  '--fetch-retries=0',
]);

describe.skipIf(unreached)('all packages, installed from tarballs by npm in an empty project', () => {
  beforeAll(async () => {
    registry = await serveTarballs(new Map([...tarballs, ...(await packPlatforms(packed))]));
    folder = project.emptyProject(registry.address);
    const ran = await project.runIn(
      folder,
      ...project.installWith('npm', [...new Set([...all.map(({ name }) => name), ...guide.guidePackages])]),
    );
    expect(ran.status, ran.text).toBe(0);
  }, 300_000);
  afterAll(() => {
    registry.close();
    project.removeProject(folder);
  }, 300_000);

  it('run no install script, of no package that they bring', () => {
    expect(project.countInstalled(folder)).toBeGreaterThan(all.length + 20);
    expect(project.installScripts(folder), 'take another package, or another way to have it').toEqual([]);
  });

  it('are imported by ES modules', async () => {
    expect(await project.notImported(folder, entries)).toEqual([]);
  });

  it.runIf(project.REQUIRES_MODULES)('are required by CommonJS modules', async () => {
    expect(await project.notRequired(folder, entries)).toEqual([]);
  });

  it.each(['node16', 'bundler'] as const)('have types, declarations checked too: %s', async (resolution) => {
    expect(await project.typeErrors(folder, entries, resolution)).toEqual([]);
  });

  it('compute gradients without @tensorflow/tfjs', async () => {
    const program = `
      import { registerTfjs } from '@understory/engine';
      import { env, grad, square, tensor1d } from '@tensorflow/tfjs-core';
      env().set('PROD', true); // without tfjs's advice to Node users
      registerTfjs();
      console.log(String(grad((x) => square(x))(tensor1d([3])).dataSync()));`;
    expect(await project.runIn(folder, process.execPath, ['--input-type=module', '-e', program])).toEqual({
      ...{ status: 0, text: '6' },
    });
  });

  it('bring what the engine compiles, and a command', async () => {
    const ran = await project.runIn(folder, 'npx', ['--no-install', 'understory', 'list', 'loss']);
    expect(ran, ran.text).toMatchObject({ status: 0, text: expect.stringContaining('supcon') as string });
  });

  it('make a package of a plugin, which builds and is found by name', async () => {
    const inProject = (where: string, command: string) => guide.inShell(path.join(folder, where), command);
    const made = await inProject('.', 'npx --no-install create-plugin my-loss --kind loss');
    expect(made, made.text).toMatchObject({ status: 0 });
    const built = await inProject('my-loss', 'npx --no-install tsc -p .');
    expect(built, built.text).toMatchObject({ status: 0 });
    const found = await inProject(
      '.',
      'npx --no-install understory list loss --plugin ./my-loss/dist/index.js',
    );
    expect(found.text).toMatch(/my-loss {2}Views close together/);
  });

  describe('let a user write plugins of every kind by the guide', () => {
    beforeAll(() => guide.followGuide(folder));

    it('with what it lets install alone, and with no assertion of types', () => {
      expect(guide.guidePackages).toEqual(expect.arrayContaining([...new Set(guide.guideImports)]));
      expect(guide.assertionsOfTypes).toEqual([]);
    });

    it.each(guide.guideCommands)('$command', async (told) => {
      const { status, text } = await guide.inShell(folder, told.command);
      expect(status, text).toBe(guide.isRefused(told) ? 1 : 0);
      for (const line of told.lines) expect(text).toMatch(guide.formOf(line));
    });

    it('each of which a run has used', () => {
      const read = (file: string): string => readFileSync(path.join(folder, 'runs/discs', file), 'utf8');
      const { config } = JSON.parse(read('config.json')) as { config: Record<string, unknown> };
      expect(config).toMatchObject({ task: 'locate', metrics: ['overlap'], reporters: ['csv'] });
      expect(config).toMatchObject({ views: [['mirror'], [['mirror', { p: 1 }]]] });
      const events = read('metrics.jsonl')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Told);
      const epochs = events.filter(({ type }) => type === 'epoch');
      expect(epochs.map(({ terms }) => Object.keys(terms))).toContainEqual([
        'box-distance/edges',
        ...['one', 'two', 'final'].map((tap) => `contrastive-deep-supervision/${tap}`),
      ]);
      // None of our own losses that this term could be falls below 0.
      expect(epochs.at(-1)?.terms['contrastive-deep-supervision/one']).toBeLessThan(0);
      const rows = epochs.map(({ epoch, loss, metrics }) => [epoch + 1, loss, metrics['overlap']].join());
      expect(read('epochs.csv').trim().split('\n').slice(1)).toEqual(rows);
    });
  });
});

describe.each([...tarballs])('the tarball of %s', (_name, file) => {
  it('has source maps that lead to what it holds', async () => {
    expect(await brokenMaps(file)).toEqual([]);
  });
});
