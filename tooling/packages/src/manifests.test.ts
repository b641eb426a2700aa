import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
// @boundaries-ignore the engine exports nothing of how its addons are made
import { targetOf } from '../../../packages/engine/src/link/target.ts';
import { manifestOf, platformPackages, publishedPackages, ROOT, type Conditions } from './workspace.ts';

const all = publishedPackages();
const root = manifestOf(ROOT) as { repository?: { type: string; url: string } };

/** Bundlers and browsers are given the modules, Node each entry in one file, which is made when the package is packed. */
const publishedExports = (exports: Readonly<Record<string, Conditions>>): Record<string, Conditions> =>
  Object.fromEntries(
    Object.entries(exports).map(([entry, { types = '', default: modules = '' }]) => {
      const bundle = entry === '.' ? 'index' : entry.slice(2);
      return [entry, { types, module: modules, node: `./dist/bundle/${bundle}.js`, default: modules }];
    }),
  );

/** The peers that reach the project through a package's own dependencies. */
const peersBelow = (names: readonly string[]): readonly string[] =>
  all
    .filter(({ name }) => names.includes(name))
    .flatMap(({ manifest }) => [
      ...Object.keys(manifest.peerDependencies ?? {}).filter(
        (peer) => !manifest.peerDependenciesMeta?.[peer]?.optional,
      ),
      ...peersBelow(Object.keys(manifest.dependencies ?? {})),
    ]);

// Changesets gives all of one scope one version, and stops at a package without any.
it.each(['tooling', 'examples'])('nothing in %s is named as if it were published', (room) => {
  const folders = readdirSync(path.join(ROOT, room), { withFileTypes: true }).filter((one) =>
    one.isDirectory(),
  );
  const named = folders
    .map(({ name }) => path.join(ROOT, room, name))
    .filter((folder) => existsSync(path.join(folder, 'package.json')))
    .map((folder) => (manifestOf(folder) as { name: string }).name);
  expect(named.length).toBeGreaterThan(1);
  expect(named.filter((name) => name.startsWith('@understory/'))).toEqual([]);
});

describe('packages of compiled addons', () => {
  const platforms = platformPackages();
  const engine = all.find(({ name }) => name === '@understory/engine')?.manifest;

  it('are those that the engine asks for, of its version', () => {
    expect(engine?.optionalDependencies).toEqual(
      Object.fromEntries(platforms.map(({ name }) => [name, 'workspace:*'])),
    );
    for (const { manifest } of platforms) expect(manifest.version).toBe(engine?.version);
  });

  it.each(platforms)(
    '$name is for its platform alone, and nobody has to run anything',
    ({ folder, manifest }) => {
      const platform = path.basename(folder);
      const [os = '', cpu = ''] = platform.split('-');
      expect(manifest.name).toBe(`@understory/engine-${platform}`);
      // Where it is published: in the workspace pnpm would warn of every platform but its own.
      expect(manifest.publishConfig).toEqual({
        os: [os],
        cpu: [cpu],
        ...(os === 'linux' && { libc: ['glibc'] }),
      });
      expect(manifest).toMatchObject({ license: 'Apache-2.0', engines: { node: '>=20' } });
      expect(Object.keys(manifest.scripts ?? {})).toEqual(['prepack']);
      expect(targetOf({ platform: os, arch: cpu }).key).toContain(platform);
    },
  );
});

describe.each(all)('package.json of $name', ({ name, folder, manifest }) => {
  it('is named like its folder, and says what it is and under which license', () => {
    expect(name).toBe(`@understory/${path.basename(folder)}`);
    expect(manifest.description, 'one line on what it is for').toMatch(/^\S.{9,}/);
    expect(manifest.keywords, 'words that one would search for, "understory" among them').toContain(
      'understory',
    );
    expect(new Set(manifest.keywords).size).toBe(manifest.keywords?.length);
    expect(manifest).toMatchObject({ license: 'Apache-2.0', type: 'module', engines: { node: '>=20' } });
    expect(manifest.sideEffects, 'so that bundlers leave out what is not used').toBe(false);
  });

  it('names its folder in the repository that the root names', () => {
    // No host is invented: while the root's package.json names no repository, none of them does.
    const directory = `packages/${path.basename(folder)}`;
    expect(manifest.repository).toEqual(root.repository && { ...root.repository, directory });
  });

  it('exports source, types and code, which are there, and publishes the same, bundled for Node', () => {
    for (const [entry, conditions] of Object.entries(manifest.exports)) {
      expect(Object.keys(conditions), entry).toEqual(['@understory/source', 'types', 'default']);
      const source = conditions['@understory/source'] ?? '';
      expect(existsSync(path.join(folder, source)), `${source} of "${entry}" is not there`).toBe(true);
      const made = source.replace('./src/', './dist/').replace(/\.ts$/, '');
      expect(conditions, entry).toMatchObject({ types: `${made}.d.ts`, default: `${made}.js` });
    }
    const published = publishedExports(manifest.exports);
    expect(JSON.stringify(manifest.publishConfig?.exports), 'publishConfig.exports, in this order').toBe(
      JSON.stringify(published),
    );
    expect(manifest.scripts?.['prepack']).toMatch(/(^|&& )node \.\.\/\.\.\/tooling\/packages\/bundle\.mjs$/);
  });

  it('ships code and the sources that its maps lead to, without tests', () => {
    expect(manifest.files).toEqual(
      expect.arrayContaining(['dist', 'src', '!dist/.tsbuildinfo', '!dist/**/*.test.*', '!src/**/*.test.*']),
    );
    for (const file of manifest.files?.filter((one) => /^!dist\/(?!\.|.*\*\.)/.test(one)) ?? []) {
      expect(manifest.files, `what is left out of dist is left out of src`).toContain(
        file.replace('dist', 'src'),
      );
    }
  });

  it('asks for peers by ranges, also for those of the packages that it depends on', () => {
    const { dependencies = {}, peerDependencies = {} } = manifest;
    for (const [peer, range] of Object.entries(peerDependencies)) {
      expect(range, `${peer}: a range, which the catalog "peers" of pnpm-workspace.yaml holds`).toBe(
        'catalog:peers',
      );
    }
    const missing = peersBelow(Object.keys(dependencies)).filter(
      (peer) => !Object.hasOwn(peerDependencies, peer) && !Object.hasOwn(dependencies, peer),
    );
    expect(
      [...new Set(missing)],
      'peers of its dependencies: pnpm and yarn take none that nobody asks for',
    ).toEqual([]);
  });
});
