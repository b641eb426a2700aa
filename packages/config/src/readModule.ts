import { pathToFileURL } from 'node:url';
import { cut } from '@understory/core';
import { configError, shownPath, type Source } from './place.ts';

/** Seconds after which a module that still waits for something is given up. */
const PATIENCE = 10;

/** The first line of an error that says something: esbuild's begin with a count, and tell the place in the next. */
const reasonOf = (error: unknown): string => {
  const lines = String(error instanceof Error ? error.message : error).split('\n');
  const said = lines.find((line) => line.includes(': ERROR: ')) ?? lines.find((line) => line.trim() !== '');
  return cut((said ?? 'an error without words').replace(': ERROR: ', ': ').trim(), 200);
};

const waits = (file: string): Error =>
  configError(
    shownPath(file),
    'its top-level await waits for something that does not come. A config is ready when it is imported.',
  );

/** A module's exports, or an error where it waits for ever: for nothing that could still happen, or for too long. */
const importWithin = async (file: string): Promise<Record<string, unknown>> => {
  // Node 20 cannot import TypeScript; tsx can, on every Node.
  const { tsImport } = await import('tsx/esm/api');
  let release = (): void => undefined;
  const tooLong = new Promise<never>((_resolve, reject) => {
    const stop = (): void => reject(waits(file));
    const timer = setTimeout(stop, PATIENCE * 1000).unref();
    process.once('beforeExit', stop);
    release = () => {
      clearTimeout(timer);
      process.off('beforeExit', stop);
    };
  });
  try {
    const module = tsImport(pathToFileURL(file).href, import.meta.url) as Promise<Record<string, unknown>>;
    return await Promise.race([module, tooLong]);
  } finally {
    release();
  }
};

const NO_CONFIG = 'exports no config. Write: export default defineExperiment({ … }).';

/** Reads a config that is a module. Throws `config` where it fails, or exports something else. */
export const readModule = async (file: string): Promise<Source> => {
  const name = shownPath(file);
  const module = await importWithin(file).catch((error: unknown) => {
    if ((error as { code?: unknown } | null)?.code === 'config') throw error;
    throw configError(name, `it fails when it is imported: ${reasonOf(error)}`, error);
  });
  // A CommonJS folder's default export arrives inside another one.
  const outer = module['default'] ?? module['config'];
  const value = (outer as { default?: unknown } | null | undefined)?.default ?? outer;
  if (value === undefined || value === null) throw configError(name, `it ${NO_CONFIG}`);
  if (typeof value === 'function') throw configError(name, `it exports a function. It ${NO_CONFIG}`);
  if (value instanceof Promise)
    throw configError(name, 'it exports a promise. Write: export default await …');
  return {
    value,
    place: (keys) => (keys.length === 0 ? name : `${name}, ${keys.map(String).join('.')}`),
  };
};
