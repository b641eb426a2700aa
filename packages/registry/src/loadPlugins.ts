import { cut, UnderstoryError, type AnyPlugin } from '@understory/core';

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
  const [line = '', place = ''] = String(error instanceof Error ? error.message : error)
    .trim()
    .split('\n')
    .map((text) => text.trim());
  // TypeScript that cannot be parsed: the place stands in the next line.
  const said = line.startsWith('ParseError: ') ? `${line.slice(12)} at ${place}` : line;
  return cut(said || 'no reason is given', 150);
};

const cannotImport = (name: string, error: unknown): UnderstoryError => {
  const cure = /^[./]/.test(name)
    ? 'Correct the file, or its path under "plugins", which counts from the config\'s folder.'
    : `Install it beside the config (npm install ${cut(name, 60)}), or correct the name under "plugins".`;
  return new UnderstoryError(
    'plugin',
    `Cannot import the plugin "${cut(name, 60)}": ${reasonOf(error)}. ${cure}`,
    { cause: error },
  );
};

type Import = (url: string) => Promise<Record<string, unknown>>;

const plainImport: Import = async (url) => (await import(url)) as Record<string, unknown>;

/**
 * Imports packages (or files) at run time and collects every plugin that they export, alone or in arrays.
 * `resolve` turns a name from a config into what `import()` takes: relative paths are the config's, not ours.
 * `load` imports it, where more than JavaScript shall be taken.
 */
export const loadPlugins = async (
  names: readonly string[],
  resolve: (name: string) => string,
  load: Import = plainImport,
): Promise<AnyPlugin[]> => {
  const loaded = await Promise.all(
    names.map(async (name) => {
      let module: Record<string, unknown>;
      try {
        module = await load(resolve(name));
      } catch (error) {
        throw cannotImport(name, error);
      }
      const exported = Object.values(module).flat();
      exported.forEach((value) => checkMeant(value, name));
      const plugins = exported.filter(isPlugin);
      if (plugins.length === 0) {
        throw new UnderstoryError(
          'plugin',
          `"${name}" exports no plugin. Export what plugin({ … }) returns, or an array of them.`,
        );
      }
      return plugins;
    }),
  );
  return [...new Set(loaded.flat())];
};
