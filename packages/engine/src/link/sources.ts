import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AddonSource } from './buildAddon.ts';

export const requireHere = createRequire(import.meta.url);

/** The installed folder of tfjs's own binding to TensorFlow: its C++ sources and its kernels. */
export const tfjsNodeFolder = (): string =>
  path.dirname(requireHere.resolve('@tensorflow/tfjs-node-gpu/package.json'));

const nodeApiHeaders = (): string => (requireHere('node-api-headers') as { include_dir: string }).include_dir;

const filesOf = (folder: string, ending: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith(ending))
        .sort()
        .map((name) => path.join(folder, name))
    : [];

const sourceFrom = (folder: string, rest: Pick<AddonSource, 'name' | 'includes' | 'napi'>): AddonSource => ({
  ...rest,
  files: filesOf(folder, '.cc'),
  headers: filesOf(folder, '.h'),
});

/** The binding of an installed `@tensorflow/tfjs-node` or `-gpu`, from that package's sources as they are. */
export const bindingSource = (packageFolder = tfjsNodeFolder()): AddonSource => {
  const folder = path.join(packageFolder, 'binding');
  return sourceFrom(folder, { name: 'tfjs_binding', includes: [packageFolder, nodeApiHeaders()], napi: 8 });
};

const here = (folder: string): string => fileURLToPath(new URL(`../../${folder}/`, import.meta.url));

/** The same for a project that loads it by itself: it also mends what Node has dropped under tfjs-node. */
export const linkedSource = (packageFolder: string): AddonSource => {
  const source = bindingSource(packageFolder);
  const shim = path.join(here('shim'), 'restoreUtil.h');
  return { ...source, name: 'tfjs_linked', headers: [...source.headers, shim], before: [shim] };
};

const NATIVE = here('native');

/** The engine's own addon (graphs and sessions); null while it has no sources. */
export const addonSource = (): AddonSource | null => {
  const source = sourceFrom(NATIVE, { name: 'understory', includes: [NATIVE, nodeApiHeaders()], napi: 8 });
  return source.files.length > 0 ? source : null;
};

/** What keeps TensorFlow's chatter back while it loads; needs nothing of TensorFlow itself. */
export const hushSource = (): AddonSource => ({
  ...{ name: 'hush', files: [path.join(here('shim'), 'hush.cc')], headers: [] },
  ...{ includes: [nodeApiHeaders()], napi: 8, alone: true },
});
