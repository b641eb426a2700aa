import type { Jiti } from 'jiti';

type Module = Record<string, unknown>;

let shared: Promise<Jiti> | undefined;

// One for the process, with its modules: what two plugins import is made once, as it is with `import()`.
const sharedJiti = async (): Promise<Jiti> => {
  const { createJiti } = await import('jiti');
  return createJiti(import.meta.url, { fsCache: false, interopDefault: false });
};

/**
 * Imports a module in JavaScript or TypeScript, on every Node. What TypeScript imports from packages are the same
 * things that `import()` gives.
 */
export const importModule = async (url: string): Promise<Module> => {
  if (!/\.[cm]?tsx?$/.test(url)) return (await import(url)) as Module;
  const jiti = await (shared ??= sharedJiti());
  return jiti.import<Module>(url);
};
