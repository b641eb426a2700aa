import { readdirSync, readFileSync, statSync, type Stats } from 'node:fs';
import { UnderstoryError } from '@understory/core';
import { configError, type Source } from '../locate.ts';
import { readModule } from './readModule.ts';
import { readText } from '../readText.ts';
import { shownPath } from './shownPath.ts';

/** Bytes of the largest config: far more than anyone writes. */
const MAX_BYTES = 64 * 1024;

const CONFIG_FILE = /\.(ya?ml|json|[cm]?[jt]s)$/i;

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'it may not be read. Change its permissions',
  EPERM: 'it may not be read. Change its permissions',
  ELOOP: 'its links go round in a circle',
  ENAMETOOLONG: 'its path is too long',
};

const noFile = (file: string, error: unknown): Error => {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new UnderstoryError(
      'config',
      `No config at ${shownPath(file)}. Give the path of a .yaml, .json, .ts or .js file.`,
    );
  return configError(shownPath(file), `${REASONS[code] ?? `it cannot be read (${code})`}.`, error);
};

const isFolder = (folder: string): Error => {
  const inside = readdirSync(folder).filter((name) => CONFIG_FILE.test(name));
  const cure = inside.length > 0 ? ` Give a file of it, such as ${inside[0]!}.` : ' Give a file.';
  return configError(shownPath(folder), `it is a folder.${cure}`);
};

const checkKind = (file: string, stats: Stats): void => {
  if (stats.isDirectory()) throw isFolder(file);
  if (!stats.isFile()) throw configError(shownPath(file), 'it is no ordinary file. Give a file.');
  if (stats.size > MAX_BYTES)
    throw configError(
      shownPath(file),
      `it has ${stats.size} bytes; a config has at most ${MAX_BYTES}. Is it another file?`,
    );
};

const isWide = ([a, b]: Uint8Array): boolean => (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff);

/** UTF-8 → text, without a byte-order mark. */
const decode = (bytes: Uint8Array, file: string): string => {
  const save = 'Save it as UTF-8.';
  if (isWide(bytes)) throw configError(shownPath(file), `it is written in UTF-16. ${save}`);
  if (bytes.includes(0)) throw configError(shownPath(file), 'it is no text. Give a .yaml or .json file.');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw configError(shownPath(file), `it is not written in UTF-8, or is no text. ${save}`, error);
  }
};

const readBytes = (file: string): Uint8Array => {
  try {
    checkKind(file, statSync(file));
    return readFileSync(file);
  } catch (error) {
    throw error instanceof UnderstoryError ? error : noFile(file, error);
  }
};

/** Reads a config's file (YAML, JSON, TypeScript or JavaScript). Throws `config` for everything that is none. */
export const readConfigFile = async (file: string): Promise<Source> => {
  const bytes = readBytes(file);
  const [, extension] = CONFIG_FILE.exec(file) ?? [];
  if (extension === undefined)
    throw configError(
      shownPath(file),
      `no config is called like that. Give the path of a .yaml, .json, .ts or .js file.`,
    );
  const text = decode(bytes, file);
  if (text.trim() === '') throw configError(shownPath(file), 'it is empty. Begin with: dataset: emoji');
  return /^(ya?ml|json)$/i.test(extension)
    ? readText(text, { name: shownPath(file), json: /^json$/i.test(extension) })
    : readModule(file);
};
