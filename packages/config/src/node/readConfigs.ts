import path from 'node:path';
import { isObject } from '@understory/core';
import { configError } from '../locate.ts';
import { mergeConfigs, type Part } from '../mergeConfigs.ts';
import { plainData } from '../plainData.ts';
import { readConfigFile } from './readFile.ts';
import { shownPath } from './shownPath.ts';

/** One file, or several that are merged in order. */
export type ConfigFiles = string | readonly [string, ...string[]];

const readOne = async (file: string): Promise<Part> => {
  const source = await readConfigFile(file);
  const value = plainData(source.value, source.locate);
  if (isObject(value)) return { value, locate: source.locate };
  throw configError(
    source.locate([]),
    `it holds ${Array.isArray(value) ? 'a list' : 'one value'}. A config is keys and values, such as: dataset: emoji`,
  );
};

/** Keys of `weights` that count from the config's folder. */
const WEIGHTS = ['file', 'run'];

/** A config that is merged into one of another folder: what counts from its own folder is written whole. */
const movedFrom = (folder: string, value: Part['value']): Part['value'] => {
  const { plugins, weights } = value;
  const whole = (name: unknown): unknown =>
    typeof name === 'string' && name.startsWith('.') ? path.resolve(folder, name) : name;
  const placed = (place: unknown): unknown =>
    typeof place === 'string' ? path.resolve(folder, place) : place;
  return {
    ...value,
    ...(Array.isArray(plugins) && { plugins: plugins.map(whole) }),
    ...(isObject(weights) && {
      weights: Object.fromEntries(
        Object.entries(weights).map(([key, at]) => [key, WEIGHTS.includes(key) ? placed(at) : at]),
      ),
    }),
  };
};

export interface ReadConfigs extends Part {
  /** The first file's, from which relative paths count. */
  readonly folder: string;
  /** The first file's, as messages call it. */
  readonly name: string;
}

/** Reads a config's file, or several and merges them. Throws `config` for everything that is none. */
export const readConfigs = async (files: ConfigFiles): Promise<ReadConfigs> => {
  const [given, ...others] = typeof files === 'string' ? ([files] as const) : files;
  const first = path.resolve(given);
  const folder = path.dirname(first);
  const parts = [await readOne(first)];
  for (const file of others.map((one) => path.resolve(one))) {
    const part = await readOne(file);
    const own = path.dirname(file);
    parts.push(own === folder ? part : { ...part, value: movedFrom(own, part.value) });
  }
  return { ...mergeConfigs(parts), folder, name: shownPath(first) };
};
