import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** Whether a module's path or URL names TypeScript. */
const isTypeScript = (name: string): boolean => /\.[cm]?tsx?$/.test(name);

/** A parser's error tells what is wrong in its first line, and where in its second: both in one, the place first. */
const inOneLine = (error: unknown): unknown => {
  const [said = '', where = ''] = (error instanceof Error ? error.message : '').split('\n');
  const parsing = /^ParseError: (.*)$/.exec(said.trim());
  return parsing ? new Error(`${where.trim()}: ${parsing[1] ?? ''}`, { cause: error }) : error;
};

export interface ImportSettings {
  /** Whether a file that was imported already is read again, with all TypeScript that it imports: it may have changed. */
  readonly again?: boolean;
}

/** Imports TypeScript, or any other module, by its path or URL. Nothing is checked: types are left out. */
export const importTypeScript = async (
  file: string,
  { again = false }: ImportSettings = {},
): Promise<Record<string, unknown>> => {
  // Node 20 cannot import TypeScript; jiti can, on every Node. Packages it leaves to Node, so that each is there once.
  const { createJiti } = await import('jiti');
  const jiti = createJiti(import.meta.url, { fsCache: false, moduleCache: !again, interopDefault: false });
  try {
    return await jiti.import<Record<string, unknown>>(file);
  } catch (error) {
    throw inOneLine(error);
  }
};

/** URL of a package's module for `import`, as a file of a folder finds it; undefined where it does not. */
export const resolveModule = async (name: string, folder: string): Promise<string | undefined> => {
  const { createJiti } = await import('jiti');
  const parentURL = pathToFileURL(path.join(folder, 'config.js')).href;
  return createJiti(parentURL, { fsCache: false }).esmResolve(name, { parentURL, try: true });
};

/** Imports a module by its URL, as `import()` does; one in TypeScript too. */
export const importModule = (url: string): Promise<Record<string, unknown>> =>
  isTypeScript(url) ? importTypeScript(url) : (import(url) as Promise<Record<string, unknown>>);
