import { openDataset } from '@understory/config';
import type { CheckedConfig } from '@understory/config/node';
import type { Dataset } from '@understory/core';
import type { Listeners } from '../listeners.ts';
import { loadCpu } from '../session.ts';
import { suitConfig, type Suited } from './suitConfig.ts';

/** A config that was settled by its data. */
export interface SuitedConfig extends CheckedConfig, Suited {
  /** Opened; whoever asked for it closes it. */
  readonly dataset: Dataset;
}

export interface SuitOptions extends Pick<Listeners, 'say' | 'onProgress'> {
  /** Whether an engine is loaded already, on which networks can be built. */
  readonly loaded?: boolean;
}

/** Opens a config's dataset and settles what it leaves to it. Errors: those of the dataset. */
export const openSuited = async (
  checked: CheckedConfig,
  { say, onProgress, loaded = false }: SuitOptions,
): Promise<SuitedConfig> => {
  const { config, registry, open } = checked;
  if (!loaded) loadCpu();
  const dataset = await openDataset(registry, config, { say, ...(onProgress && { progress: onProgress }) });
  try {
    return { ...checked, ...suitConfig(config, { registry, open, dataset }), open: [], dataset };
  } catch (error) {
    await dataset.close?.();
    throw error;
  }
};
