import { existsSync } from 'node:fs';
import { applyOverride, checkConfig, type ExperimentConfig } from '@understory/config';
import { DATASET, UnderstoryError, unknownName, type Registry } from '@understory/core';
import type { CheckDatasetRequest } from './checkDataset.ts';
import { openConfig, openRegistry } from '../session.ts';

export interface DataConfigRequest {
  /** `key=value`: of the config; of the dataset's options where a dataset is named. */
  readonly set: readonly string[];
  /** Packages or files with more plugins, where a dataset is named. */
  readonly plugin: readonly string[];
}

const OWN_PLUGINS =
  '--plugin is for a dataset that is given by its name; a config names its own under "plugins". Leave --plugin out.';

type Opened = Pick<CheckDatasetRequest, 'config' | 'registry' | 'locate'>;

const isConfig = (name: string): boolean => /\.(ya?ml|json|[cm]?[jt]s)$/i.test(name) || existsSync(name);

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
const configOf = (name: string, set: readonly string[], registry: Registry): ExperimentConfig => {
  const known = registry.list(DATASET).map((plugin) => plugin.name);
  if (!known.includes(name)) throw unknownName('config file or dataset', name, known);
  return checkConfig({ dataset: [name, applyOverrides({}, set)] }, registry);
};

/** What says which dataset is looked at: a config's file, or the name of a dataset. Errors: `usage`, `unknown-name`, `config`. */
export const openDataConfig = async (name: string, { set, plugin }: DataConfigRequest): Promise<Opened> => {
  if (isConfig(name)) {
    if (plugin.length > 0) throw new UnderstoryError('usage', OWN_PLUGINS);
    return openConfig(name, set);
  }
  const registry = await openRegistry(plugin, process.cwd());
  return { config: configOf(name, set, registry), registry };
};
