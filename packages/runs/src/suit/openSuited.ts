import { openDataset } from '@understory/config';
import type { CheckedConfig } from '@understory/config/node';
import { UnderstoryError, type Dataset } from '@understory/core';
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

/** Names the config's key for data that its options do not lead to. */
const ofConfig = ({ locate }: CheckedConfig, error: unknown): unknown =>
  error instanceof UnderstoryError && error.code === 'bad-dataset'
    ? new UnderstoryError(error.code, `${locate(['dataset'])}: ${error.message}`, { cause: error })
    : error;

/** Opens a config's dataset and settles what it leaves to it. Errors: those of the dataset. */
export const openSuited = async (
  checked: CheckedConfig,
  { say, onProgress, loaded = false }: SuitOptions,
): Promise<SuitedConfig> => {
  const { config, registry, open } = checked;
  if (!loaded) loadCpu();
  const listeners = { say, ...(onProgress && { progress: onProgress }) };
  const dataset = await openDataset(registry, config, listeners).catch((error: unknown) => {
    throw ofConfig(checked, error);
  });
  try {
    return { ...checked, ...suitConfig(config, { registry, open, dataset }), open: [], dataset };
  } catch (error) {
    await dataset.close?.();
    throw error;
  }
};
