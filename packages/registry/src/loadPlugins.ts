import { cut, UnderstoryError, type AnyPlugin } from '@understory/core';
import { guarded } from './guarded.ts';

const isPlugin = (value: unknown): value is AnyPlugin => {
  const p = value as Partial<AnyPlugin> | null;
  return (
    typeof p === 'object' &&
    typeof p?.name === 'string' &&
    typeof p.create === 'function' &&
    typeof p.options?.parse === 'function' &&
    typeof p.token?.key === 'string'
  );
};

/** What is named and placed like a plugin is meant as one: left out in silence, its name would be unknown. */
const checkMeant = (value: unknown, source: string): void => {
  const { name, token } = (typeof value === 'object' && value !== null ? value : {}) as Partial<AnyPlugin>;
  if (isPlugin(value) || typeof name !== 'string' || typeof token?.key !== 'string') return;
  throw new UnderstoryError(
    'plugin',
    `The plugin "${cut(name, 60)}" of "${cut(source, 60)}" lacks create, or options that parse. Make it with plugin({ … }).`,
  );
};

const reasonOf = (error: unknown): string => {
  const [line = ''] = String(error instanceof Error ? error.message : error)
    .trim()
    .split('\n');
  return cut(line || 'no reason is given', 150);
};

/** The package that an import did not find, where it is one: `zod` of `zod/mini`, `@scope/name` of `@scope/name/entry`. */
const missingPackage = (reason: string): string | undefined =>
  /^Cannot find (?:module|package) '((?:@[\w.-]+\/)?[\w-][\w.-]*)(?:\/[^']*)?'/.exec(reason)?.[1];

const cureOf = (name: string, reason: string): string => {
  const missing = missingPackage(reason);
  if (!/^[./]/.test(name))
    return `Install it beside the config (npm install ${cut(missing ?? name, 60)}), or correct the name under "plugins".`;
  if (missing !== undefined) return `Run \`npm install ${missing}\` in the folder of the file.`;
  if (reason.includes('Unknown file extension ".ts"'))
    return 'Run the program by a Node that reads TypeScript (22.18 or newer), or by tsx.';
  return 'Correct the file, or its path under "plugins", which counts from the config\'s folder.';
};

const cannotImport = (name: string, error: unknown): UnderstoryError => {
  const reason = reasonOf(error);
  return new UnderstoryError(
    'plugin',
    `Cannot import the plugin "${cut(name, 60)}": ${reason.replace(/\.$/, '')}. ${cureOf(name, reason)}`,
    { cause: error },
  );
};

const pluginsOf = (name: string, module: unknown): AnyPlugin[] => {
  const exported = Object.values(module as Record<string, unknown>).flat();
  exported.forEach((value) => checkMeant(value, name));
  const plugins = exported.filter(isPlugin);
  if (plugins.length > 0) return plugins;
  throw new UnderstoryError(
    'plugin',
    `"${name}" exports no plugin. Export what plugin({ … }) returns, or an array of them.`,
  );
};

/**
 * Imports packages (or files) at run time and collects every plugin that they export, alone or in arrays.
 * `resolve` turns a name from a config into what `import()` takes: relative paths are the config's, not ours.
 * Errors that a plugin did not mean for people name it. `load` imports it; `import()` where nothing is said, which takes TypeScript only where Node does.
 */
export const loadPlugins = async (
  names: readonly string[],
  resolve: (name: string) => string | Promise<string>,
  load: (url: string) => Promise<unknown> = (url) => import(url),
): Promise<AnyPlugin[]> => {
  const all = new Map<AnyPlugin, AnyPlugin>();
  // One after the other: two that import the same file shall meet the same module.
  for (const name of names) {
    const module = await Promise.resolve(name)
      .then(async (n) => load(await resolve(n)))
      .catch((error: unknown) => {
        throw error instanceof UnderstoryError && error.code === 'plugin' ? error : cannotImport(name, error);
      });
    for (const plugin of pluginsOf(name, module))
      if (!all.has(plugin)) all.set(plugin, guarded(plugin, name));
  }
  return [...all.values()];
};
