import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { applyOverride, checkConfig, OPEN_KEYS, type ExperimentConfig } from '@understory/config';
import { DATASET, readSpec, shownPath, UnderstoryError, unknownName, type Registry } from '@understory/core';
import { OFFICIAL, officialOfPlugin, type OfficialDataset } from '@understory/datasets';
import type { CheckDatasetRequest } from './checkDataset.ts';
import { openConfig, openRegistry } from '../session.ts';

export interface DataConfigRequest {
  /** `key=value`: of the config; of the dataset's options where a dataset is named. */
  readonly set: readonly string[];
  /** Packages or files with more plugins, where a dataset is named. */
  readonly plugin: readonly string[];
  /** Where a dataset lies that is named: what its option `root` says. */
  readonly folder?: string | undefined;
}

const OWN_PLUGINS =
  '--plugin is for a dataset that is given by its name; a config names its own under "plugins". Leave --plugin out.';
const OWN_FOLDER =
  'A folder is for a dataset that is given by its name; a config names its own. Leave it out, or say --set dataset.root=….';

type Opened = Pick<
  CheckDatasetRequest,
  'config' | 'open' | 'registry' | 'locate' | 'official' | 'mayChooseSize'
>;

const isFile = (name: string): boolean => statSync(name, { throwIfNoEntry: false })?.isFile() === true;
const isConfig = (name: string): boolean => /\.(ya?ml|json|[cm]?[jt]s)$/i.test(name) || isFile(name);

/** Where `data get` puts an official dataset, or another folder that was named: the file or folder that its plugin reads. */
const rootOf = (official: OfficialDataset, given: string | undefined): string | undefined => {
  const fetched = path.join('data', official.name);
  const folder = given ?? (existsSync(fetched) ? fetched : undefined);
  if (folder === undefined) return undefined;
  const inside = path.join(folder, official.root);
  return existsSync(inside) ? inside : folder;
};

const noDataset = (name: string, known: readonly string[]): UnderstoryError => {
  if (!existsSync(name)) return unknownName('config file or dataset', name, known);
  const cure = `understory data check images ${shownPath(name)}`;
  return new UnderstoryError(
    'unknown-name',
    `${shownPath(name)} is no config file. Name the kind of dataset before it; for class folders of images: ${cure}`,
  );
};

/** Plugins, and official datasets that one of them reads. */
const namesFor = (plugins: readonly string[]): string[] => {
  const official = [...OFFICIAL.values()].filter(({ plugin }) => plugins.includes(plugin));
  return [...new Set([...plugins, ...official.map(({ name }) => name)])];
};

const noFolder = ({ name, title }: OfficialDataset): UnderstoryError =>
  new UnderstoryError(
    'usage',
    `${title} is not in ${path.join('data', name)}. Name its folder: understory data check ${name} <folder>. ` +
      `It is fetched by: understory data get ${name}`,
  );

/** A dataset's options, changed by `key=value`. */
export const applyOverrides = (
  options: Readonly<Record<string, unknown>>,
  set: readonly string[],
): Record<string, unknown> => {
  const changed = { ...options };
  for (const override of set) applyOverride(changed, override);
  return changed;
};

/** A config around a dataset that is named, with its options. Errors: `unknown-name`, `config`. */
const configOf = (
  name: string,
  official: OfficialDataset | undefined,
  { set, folder }: DataConfigRequest,
  registry: Registry,
): ExperimentConfig => {
  const known = registry.list(DATASET).map((plugin) => plugin.name);
  const plugin = official?.plugin ?? name;
  if (!known.includes(plugin)) throw noDataset(name, namesFor(known));
  const root = official ? rootOf(official, folder) : folder;
  const options = applyOverrides({ ...official?.options, ...(root !== undefined && { root }) }, set);
  if (official && options['root'] === undefined) throw noFolder(official);
  return checkConfig({ dataset: [plugin, options] }, registry);
};

/** What says which dataset is looked at: a config's file, or the name of a dataset. Errors: `usage`, `unknown-name`, `config`. */
export const openDataConfig = async (name: string, request: DataConfigRequest): Promise<Opened> => {
  const { set, plugin, folder } = request;
  if (isConfig(name)) {
    if (plugin.length > 0) throw new UnderstoryError('usage', OWN_PLUGINS);
    if (folder !== undefined) throw new UnderstoryError('usage', OWN_FOLDER);
    const opened = await openConfig(name, set);
    return { ...opened, official: officialOfPlugin(readSpec(opened.config.dataset)?.[0] ?? '') };
  }
  const registry = await openRegistry(plugin, process.cwd());
  const official = OFFICIAL.get(name);
  return {
    config: configOf(name, official, request, registry),
    open: OPEN_KEYS,
    registry,
    official,
    mayChooseSize: name === 'images',
  };
};
