import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { explain, UnderstoryError } from '@understory/core';
import { LineCounter, parse as parseYaml, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import { ExperimentConfig } from './schema.ts';

interface Source {
  readonly value: unknown;
  /** `file:line:column` of a key, where the format has places. */
  readonly place: (path: readonly PropertyKey[]) => string;
}

const placeIn =
  (file: string, document: Document, lines: LineCounter) =>
  (keys: readonly PropertyKey[]): string => {
    for (let n = keys.length; n > 0; n--) {
      const node = document.getIn(keys.slice(0, n), true) as { range?: [number] } | undefined;
      if (!node?.range) continue;
      const { line, col } = lines.linePos(node.range[0]);
      return `${file}:${line}:${col}`;
    }
    return file;
  };

const readText = (file: string): Source => {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, 'utf8'), { lineCounter: lines });
  const [error] = document.errors;
  if (error) throw new UnderstoryError('config', `${file}: ${error.message}`);
  return { value: document.toJS() as unknown, place: placeIn(file, document, lines) };
};

const readModule = async (file: string): Promise<Source> => {
  const url = pathToFileURL(file).href;
  // Node 20 cannot import TypeScript; tsx can, on every Node.
  const { tsImport } = await import('tsx/esm/api');
  const module = (await tsImport(url, import.meta.url)) as Record<string, unknown>;
  // A CommonJS folder's default export arrives inside another one.
  const outer = module['default'] ?? module['config'];
  const value = (outer as { default?: unknown } | undefined)?.default ?? outer;
  if (value === undefined)
    throw new UnderstoryError(
      'config',
      `${file} exports no config. Write: export default defineExperiment({ … }).`,
    );
  return { value, place: () => file };
};

const read = async (file: string): Promise<Source> => {
  if (!existsSync(file))
    throw new UnderstoryError(
      'config',
      `No config at ${file}. Give the path of a .yaml, .json, .ts or .js file.`,
    );
  return /\.(ya?ml|json)$/i.test(file) ? readText(file) : readModule(file);
};

type Mutable = Record<string, unknown>;

/** Where a key goes: into a spec's options when the value there is a name or [name, options]. */
const descend = (parent: Mutable, key: string): Mutable => {
  const value = parent[key];
  if (typeof value === 'string') return ((parent[key] = [value, {}]) as [string, Mutable])[1];
  if (
    Array.isArray(value) &&
    typeof value[0] === 'string' &&
    value.length <= 2 &&
    typeof value[1] !== 'string'
  ) {
    value[1] ??= {};
    return value[1] as Mutable;
  }
  return (value ?? (parent[key] = {})) as Mutable;
};

/** Applies `a.b=value` (the value is read as YAML); `backbone.width=0.5` reaches into [name, options]. */
export const applyOverride = (config: Mutable, override: string): void => {
  const at = override.indexOf('=');
  if (at < 1)
    throw new UnderstoryError('config', `--set takes key=value, such as --set epochs=5; got "${override}".`);
  const keys = override.slice(0, at).split('.');
  let target = config;
  for (const key of keys.slice(0, -1))
    target =
      Array.isArray(target[key]) && isList(target[key])
        ? (target[key] as unknown as Mutable)
        : descend(target, key);
  target[keys.at(-1)!] = parseYaml(override.slice(at + 1)) as unknown;
};

/** A list of specs, as against one spec with options. */
const isList = (value: unknown): boolean =>
  Array.isArray(value) &&
  !(
    typeof value[0] === 'string' &&
    value.length === 2 &&
    typeof value[1] === 'object' &&
    !Array.isArray(value[1])
  );

/** Checks a config; an error names the place, the key, the value, the choices and the nearest name. */
export const parseConfig = (value: unknown, place: Source['place'] = () => 'config'): ExperimentConfig => {
  const result = ExperimentConfig.safeParse(value);
  if (result.success) return result.data;
  throw explain(place(result.error.issues[0]?.path ?? []), value, ExperimentConfig, result.error);
};

export interface LoadedConfig {
  readonly config: ExperimentConfig;
  /** Folder from which the config's relative paths count. */
  readonly folder: string;
}

/** Reads a config file (YAML, JSON, TypeScript or JavaScript) and applies `--set` overrides. */
export const loadConfig = async (file: string, overrides: readonly string[] = []): Promise<LoadedConfig> => {
  const { value, place } = await read(path.resolve(file));
  const config = structuredClone(value ?? {}) as Mutable;
  for (const override of overrides) applyOverride(config, override);
  return { config: parseConfig(config, place), folder: path.dirname(path.resolve(file)) };
};
