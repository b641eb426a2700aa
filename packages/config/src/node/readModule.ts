import { cut } from '@understory/core';
import { configError, type Locate, type Source } from '../locate.ts';
import { settled } from './settled.ts';
import { shownPath } from './shownPath.ts';

/** The first line of an error that says something: a parser's tells the place in the next. */
const reasonOf = (error: unknown): string => {
  const lines = String(error instanceof Error ? error.message : error).split('\n');
  const [said = 'an error without words', where = ''] = lines.map((l) => l.trim()).filter((l) => l !== '');
  const parsing = /^ParseError: (.*)$/.exec(said);
  return cut(parsing ? `${where}: ${parsing[1] ?? ''}` : said, 200);
};

const waits = (file: string): Error =>
  configError(
    shownPath(file),
    'its top-level await waits for something that does not come. A config is ready when it is imported.',
  );

const importModule = async (file: string): Promise<Record<string, unknown>> => {
  // Node 20 cannot import TypeScript; jiti can, on every Node. Nothing is kept: the file may change, and is read again.
  const { createJiti } = await import('jiti');
  const jiti = createJiti(import.meta.url, { fsCache: false, moduleCache: false, interopDefault: false });
  const module = jiti.import<Record<string, unknown>>(file);
  return settled(module, () => waits(file));
};

const CURE = 'Write: export default defineExperiment({ … }).';

/** What a module exports as its config. A CommonJS module arrives as its default export, with its own default inside. */
const exportOf = (module: Readonly<Record<string, unknown>>): unknown => {
  const outer = module['default'] ?? module['config'];
  const inner = outer as { default?: unknown; config?: unknown; __esModule?: boolean } | null | undefined;
  return inner?.__esModule ? (inner.default ?? inner.config) : (inner?.default ?? outer);
};

/** Reads a config that is a module. Throws `config` where it fails, or exports something else. */
export const readModule = async (file: string): Promise<Source> => {
  const name = shownPath(file);
  const module = await importModule(file).catch((error: unknown) => {
    if ((error as { code?: unknown } | null)?.code === 'config') throw error;
    throw configError(name, `it fails when it is imported: ${reasonOf(error)}`, error);
  });
  const value = exportOf(module);
  if (value === undefined || value === null) throw configError(name, `it exports no config. ${CURE}`);
  if (typeof value === 'function') throw configError(name, `it exports a function. ${CURE}`);
  if (value instanceof Promise)
    throw configError(name, 'it exports a promise. Write: export default await …');
  const locate: Locate = (keys) =>
    keys.length === 0 ? name : `${name}, ${cut(keys.map(String).join('.'), 60)}`;
  return { value, locate };
};
