import { cut } from '@understory/core';
import { configError, type Locate, type Source } from '../locate.ts';
import { importTypeScript } from './importModule.ts';
import { settled } from './settled.ts';
import { shownPath } from './shownPath.ts';

/** The first line of an error that says something. */
const reasonOf = (error: unknown): string => {
  const lines = String(error instanceof Error ? error.message : error).split('\n');
  return cut(lines.find((line) => line.trim() !== '')?.trim() ?? 'an error without words', 200);
};

const waits = (file: string): Error =>
  configError(
    shownPath(file),
    'its top-level await waits for something that does not come. A config is ready when it is imported.',
  );

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
  const module = await settled(importTypeScript(file, { again: true }), () => waits(file)).catch(
    (error: unknown) => {
      if ((error as { code?: unknown } | null)?.code === 'config') throw error;
      throw configError(name, `it fails when it is imported: ${reasonOf(error)}`, error);
    },
  );
  const value = exportOf(module);
  if (value === undefined || value === null) throw configError(name, `it exports no config. ${CURE}`);
  if (typeof value === 'function') throw configError(name, `it exports a function. ${CURE}`);
  if (value instanceof Promise)
    throw configError(name, 'it exports a promise. Write: export default await …');
  const locate: Locate = (keys) =>
    keys.length === 0 ? name : `${name}, ${cut(keys.map(String).join('.'), 60)}`;
  return { value, locate };
};
