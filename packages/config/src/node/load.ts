import { UnderstoryError, type Registry } from '@understory/core';
import { checkConfig, configProblems } from '../check.ts';
import { openKeys, type OpenKey } from '../openKeys.ts';
import { applyOverride, locateWith } from '../override.ts';
import type { Locate } from '../locate.ts';
import { readConfigs, type ConfigFiles } from './readConfigs.ts';
import type { ExperimentConfig } from '../schema.ts';

export interface LoadedConfig {
  readonly config: ExperimentConfig;
  /** Folder from which the config's relative paths count. */
  readonly folder: string;
  /** Where each of its keys stands: in the file, or in what changed it. */
  readonly locate: Locate;
  /** What it leaves to its data: until that is known, these keys hold what the schema has. */
  readonly open: readonly OpenKey[];
}

export interface CheckedConfig extends LoadedConfig {
  /** What the config was checked against: the plugins that it names are among them. */
  readonly registry: Registry;
}

/** Gives the registry of a config that names these plugins. */
export type OpenRegistry = (plugins: readonly string[], folder: string) => Promise<Registry>;

interface Read extends Pick<LoadedConfig, 'folder' | 'locate' | 'open'> {
  readonly value: Record<string, unknown>;
}

const read = async (
  files: ConfigFiles,
  overrides: readonly string[],
  plugins: readonly string[],
): Promise<Read> => {
  const { folder, name, ...source } = await readConfigs(files);
  const value = { ...source.value };
  const said = Object.keys(value);
  const made = overrides.map((override) => applyOverride(value, override));
  if (plugins.length > 0) value['plugins'] = withPlugins(value['plugins'], plugins);
  const locate = locateWith(name, source.locate, made);
  return { value, locate, folder, open: openKeys(said, value, made) };
};

/** A config's plugins and others; a key that is wrong is left for the check to tell. */
const withPlugins = (own: unknown, more: readonly string[]): unknown =>
  own === undefined || isTexts(own) ? [...new Set([...(own ?? []), ...more])] : own;

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
 * Reads a config file (YAML, JSON, TypeScript or JavaScript), or several that are merged in order, and applies `--set` overrides. With
 * `open` it also checks every plugin's name and options; `plugins` are further ones, by name or whole path. Throws `config` with
 * file, line and column, key, value, choices and the nearest name.
 */
export async function loadConfig(files: ConfigFiles, overrides?: readonly string[]): Promise<LoadedConfig>;
export async function loadConfig(
  files: ConfigFiles,
  overrides: readonly string[],
  open: OpenRegistry,
  plugins?: readonly string[],
): Promise<CheckedConfig>;
export async function loadConfig(
  files: ConfigFiles,
  overrides: readonly string[] = [],
  open?: OpenRegistry,
  plugins: readonly string[] = [],
): Promise<LoadedConfig & Partial<CheckedConfig>> {
  const given = await read(files, overrides, plugins);
  const registry = open && (await registryOf(given, open));
  const { value, folder, locate, open: left } = given;
  const config = checkConfig(value, registry, locate);
  return { config, folder, locate, open: left, ...(registry && { registry }) };
}
