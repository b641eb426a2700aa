import { UnderstoryError, type AnyPlugin } from '@understory/core';

const isPlugin = (value: unknown): value is AnyPlugin => {
  const p = value as Partial<AnyPlugin> | null;
  return (
    typeof p === 'object' &&
    typeof p?.name === 'string' &&
    typeof p.create === 'function' &&
    typeof p.token?.key === 'string'
  );
};

/**
 * Imports packages (or files) at run time and collects every plugin that they export, alone or in arrays.
 * `resolve` turns a name from a config into what `import()` takes: relative paths are the config's, not ours.
 */
export const loadPlugins = async (
  names: readonly string[],
  resolve: (name: string) => string,
): Promise<AnyPlugin[]> => {
  const loaded = await Promise.all(
    names.map(async (name) => {
      let module: Record<string, unknown>;
      try {
        module = (await import(resolve(name))) as Record<string, unknown>;
      } catch (error) {
        const cure = `Install it beside the config (npm install ${name}), or correct the name under "plugins".`;
        throw new UnderstoryError(
          'plugin',
          `Cannot import the plugin "${name}": ${(error as Error).message}. ${cure}`,
          { cause: error },
        );
      }
      const plugins = Object.values(module).flat().filter(isPlugin);
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
