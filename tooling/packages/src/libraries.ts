import path from 'node:path';
import { build } from 'esbuild';
import { publishedPackages, ROOT } from './workspace.ts';

/** Packages of other people that Node loads, directly, when it imports an entry and nothing is called yet; sorted. */
export type Libraries = Readonly<Record<string, readonly string[]>>;

export const LIBRARIES_FILE = path.join(ROOT, 'tooling/packages/libraries.json');

/** `yaml` of `yaml/parse`, `@scope/name` of `@scope/name/part`; undefined for what is Node's own. */
const libraryOf = (specifier: string): string | undefined => {
  if (specifier.startsWith('node:')) return undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
};

/** Modules by their path from the root, with what each asks for when it is loaded: `import()` waits until it is called. */
const modulesOf = async (files: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> => {
  const { metafile } = await build({
    stdin: {
      contents: files.map((file, i) => `export * as m${i} from '${file}';`).join('\n'),
      resolveDir: ROOT,
    },
    absWorkingDir: ROOT,
    conditions: ['@understory/source'],
    plugins: [
      {
        name: 'libraries-stay-outside',
        setup(building) {
          building.onResolve({ filter: /^[^./]/ }, ({ path: asked }) =>
            asked.startsWith('@understory/') ? undefined : { external: true },
          );
        },
      },
    ],
    ...{ bundle: true, metafile: true, write: false, ignoreAnnotations: true },
    ...{ format: 'esm', platform: 'node', logLevel: 'error' },
  });
  return new Map(
    Object.entries(metafile.inputs).map(([file, { imports }]) => [
      file,
      imports.filter(({ kind }) => kind === 'import-statement').map(({ path: asked }) => asked),
    ]),
  );
};

const reachedFrom = (file: string, modules: ReadonlyMap<string, readonly string[]>): readonly string[] => {
  const reached = new Set([file]);
  for (const one of reached) for (const asked of modules.get(one) ?? []) reached.add(asked);
  return [...reached];
};

/** What each entry of each package loads, by the sources. */
export const librariesNow = async (): Promise<Libraries> => {
  const entries = publishedPackages().flatMap(({ name, folder, manifest }) =>
    Object.entries(manifest.exports).map(([entry, conditions]) => ({
      entry: name + entry.slice(1),
      file: path.join(folder, conditions['@understory/source'] ?? ''),
    })),
  );
  const modules = await modulesOf(entries.map(({ file }) => file));
  const librariesFrom = (file: string): string[] => {
    const reached = reachedFrom(path.relative(ROOT, file).split(path.sep).join('/'), modules);
    const libraries = reached.filter((one) => !modules.has(one)).map(libraryOf);
    return [...new Set(libraries.filter((one) => one !== undefined))].sort();
  };
  return Object.fromEntries(
    entries
      .map(({ entry, file }): [string, readonly string[]] => [entry, librariesFrom(file)])
      .sort(([a], [b]) => a.localeCompare(b)),
  );
};
