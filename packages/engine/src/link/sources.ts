import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { AddonSource } from './addon.ts';
import { here, requireHere, tfjsNodeFolder } from './tfjs.ts';

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

/** The binding of `@tensorflow/tfjs-node` or `-gpu`, the engine's own copy or an installed one, from that package's sources as they are. */
export const bindingSource = (packageFolder = tfjsNodeFolder()): AddonSource => {
  const folder = path.join(packageFolder, 'binding');
  return sourceFrom(folder, { name: 'tfjs_binding', includes: [packageFolder, nodeApiHeaders()], napi: 8 });
};

/** The same for a project that loads it by itself: it also mends what Node has dropped under tfjs-node. */
export const linkedSource = (packageFolder: string): AddonSource => {
  const source = bindingSource(packageFolder);
  const shim = path.join(here('shim'), 'linked.h');
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

/** All that the engine itself loads. */
export const engineSources = (): AddonSource[] => {
  const own = addonSource();
  return [hushSource(), bindingSource(), ...(own ? [own] : [])];
};
