// Run in a package's folder before it is packed: joins the modules behind each of its published entries into one file in
// dist/bundle, which Node is given (`node` in `publishConfig.exports`). Node reads one file in a fraction of the time that it
// takes for a hundred. Bundlers (`module`) and browsers are given the modules, of which they take what is used.
import { readFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';

const OUT = 'dist/bundle';
const { name, dependencies = {}, publishConfig } = JSON.parse(readFileSync('package.json', 'utf8'));

/** Modules find files beside them by their place, which they keep. */
const keepPlace = {
  name: 'keep-place',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]dist[/\\].*\.js$/ }, async ({ path: file }) => {
      const text = await readFile(file, 'utf8');
      if (/import\.meta\.(dirname|filename)/.test(text)) throw new Error(`${file}: use import.meta.url.`);
      const place = path.relative(path.resolve(OUT), file).split(path.sep).join('/');
      return {
        contents: text.replaceAll(
          'import.meta.url',
          `new URL(${JSON.stringify(place)}, import.meta.url).href`,
        ),
        resolveDir: path.dirname(file),
      };
    });
  },
};

const require = createRequire(path.resolve('package.json'));
// tsyringe refuses to be read before the package's own polyfill is there, and esbuild loads modules in any order.
const POLYFILL = 'reflect-metadata';
if (POLYFILL in dependencies) require(`${POLYFILL}/lite`);

const isName = (key) => /^[A-Za-z_$][\w$]*$/.test(key) && key !== 'default';
const functionsOf = (library) =>
  Object.keys(library).filter((key) => isName(key) && typeof library[key] === 'function');

/** Calls or constructs what a library that is read late has under a name. (`instanceof` such a class is never true.) */
const lateFunction = (key) =>
  `export function ${key}(...given) { const { ${key}: own } = library(); return new.target ? new own(...given) : own(...given); }`;

/**
 * Libraries that are CommonJS alone. Node reads such a library twice when it is imported, to find its names: tfjs in 180 ms in place of
 * 50, tsyringe with what it needs in 70 in place of 25. The names are known here.
 */
const COMMON_JS = /^(@tensorflow\/|tsyringe$|reflect-metadata\/)/;

/** Libraries that only some calls need: read at the first of them, which spares 30 ms of yaml to all others. */
const LATE = /^yaml$/;

const requireCommonJs = {
  name: 'require-common-js',
  setup({ onResolve, onLoad }) {
    for (const [namespace, filter] of Object.entries({ required: COMMON_JS, late: LATE }))
      onResolve({ filter }, ({ path: imported, kind }) =>
        kind === 'import-statement' ? { path: imported, namespace } : undefined,
      );
    onLoad({ filter: /./, namespace: 'required' }, ({ path: imported }) => ({
      contents: `import { createRequire } from 'node:module';
const library = createRequire(import.meta.url)('${imported}');
export const { ${Object.keys(require(imported)).filter(isName).join(', ')} } = library;`,
    }));
    onLoad({ filter: /./, namespace: 'late' }, ({ path: imported }) => ({
      contents: `import { createRequire } from 'node:module';
const library = () => createRequire(import.meta.url)('${imported}');
${functionsOf(require(imported)).map(lateFunction).join('\n')}`,
    }));
  },
};

const entries = Object.values(publishConfig.exports).map(({ node, default: modules }) => [
  path.basename(node, '.js'),
  modules,
]);
await rm(OUT, { recursive: true, force: true });
await build({
  entryPoints: Object.fromEntries(entries),
  outdir: OUT,
  chunkNames: '[name]-[hash]',
  plugins: [keepPlace, requireCommonJs],
  packages: 'external',
  ...{ bundle: true, splitting: true, sourcemap: true, sourcesContent: false },
  ...{ format: 'esm', platform: 'node', target: 'node20', logLevel: 'warning' },
}).catch((error) => {
  throw new Error(`${name} cannot be bundled: ${error.message}`);
});
