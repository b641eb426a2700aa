import path from 'node:path';
import { isObject, UnderstoryError, type Registry } from '@understory/core';
import { checkConfig, configProblems } from '../check.ts';
import { applyOverride, locateWith } from '../override.ts';
import { configError, type Locate } from '../locate.ts';
import { plainData } from '../plainData.ts';
import { readConfigFile } from './readFile.ts';
import type { ExperimentConfig } from '../schema.ts';
import { shownPath } from './shownPath.ts';

export interface LoadedConfig {
  readonly config: ExperimentConfig;
  /** Folder from which the config's relative paths count. */
  readonly folder: string;
  /** Where each of its keys stands: in the file, or in what changed it. */
  readonly locate: Locate;
}

export interface CheckedConfig extends LoadedConfig {
  /** What the config was checked against: the plugins that it names are among them. */
  readonly registry: Registry;
}

/** Gives the registry of a config that names these plugins. */
export type OpenRegistry = (plugins: readonly string[], folder: string) => Promise<Registry>;

interface Read extends Pick<LoadedConfig, 'folder' | 'locate'> {
  readonly value: Record<string, unknown>;
}

const read = async (given: string, overrides: readonly string[]): Promise<Read> => {
  const file = path.resolve(given);
  const source = await readConfigFile(file);
  const value = plainData(source.value, source.locate);
  if (!isObject(value))
    throw configError(
      source.locate([]),
      `it holds ${Array.isArray(value) ? 'a list' : 'one value'}. A config is keys and values, such as: dataset: emoji`,
    );
  const made = overrides.map((override) => applyOverride(value, override));
  return { value, locate: locateWith(shownPath(file), source.locate, made), folder: path.dirname(file) };
};

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

/** The registry of a config, or of none of its plugins where their key is wrong: that is told with all else. */
const registryOf = async ({ value, locate, folder }: Read, open: OpenRegistry): Promise<Registry> => {
  const { plugins } = value;
  try {
    return await open(isTexts(plugins) ? plugins : [], folder);
  } catch (error) {
    if (!(error instanceof UnderstoryError)) throw error;
    // What is wrong without them is told first: it costs nothing to know.
    if (configProblems(value).length > 0) checkConfig(value, undefined, locate);
    throw new UnderstoryError(error.code, `${locate(['plugins'])}: ${error.message}`, { cause: error });
  }
};

/**
 * Reads a config file (YAML, JSON, TypeScript or JavaScript) and applies `--set` overrides. With `open` it also checks
 * every plugin's name and options. Throws `config` with file, line and column, key, value, choices and the nearest name.
 */
export async function loadConfig(file: string, overrides?: readonly string[]): Promise<LoadedConfig>;
export async function loadConfig(
  file: string,
  overrides: readonly string[],
  open: OpenRegistry,
): Promise<CheckedConfig>;
export async function loadConfig(
  file: string,
  overrides: readonly string[] = [],
  open?: OpenRegistry,
): Promise<LoadedConfig & Partial<CheckedConfig>> {
  const given = await read(file, overrides);
  const registry = open && (await registryOf(given, open));
  const { value, folder, locate } = given;
  return { config: checkConfig(value, registry, locate), folder, locate, ...(registry && { registry }) };
}
