import { statSync } from 'node:fs';
import { checkConfig } from '@understory/config';
import { DATASET, seedOf } from '@understory/core';
import { packShards, type Manifest, type PackOptions } from '@understory/datasets';
import type { OnProgress } from '../listeners.ts';
import { openRegistry } from '../session.ts';
import { applyOverrides, openDataConfig, type DataConfigRequest } from './openDataConfig.ts';

export interface PackDatasetRequest
  extends DataConfigRequest, Pick<PackOptions, 'out' | 'shardBytes' | 'resize' | 'signal'> {
  /** A config's file, the name of a dataset, or a folder, tar or zip of class folders. */
  readonly source: string;
  readonly onProgress?: OnProgress;
}

const isImages = (source: string): boolean => {
  const found = statSync(source, { throwIfNoEntry: false });
  return found !== undefined && (found.isDirectory() || /\.(tar|tgz|tar\.gz|zip)$/i.test(source));
};

/** Classes, splits, shards and their checksums. */
export type PackedData = Manifest;

/** What is packed: nothing is held out of a folder, so that whoever trains on the shards decides that. */
const openSource = async (
  source: string,
  request: DataConfigRequest,
): Promise<Pick<Awaited<ReturnType<typeof openDataConfig>>, 'config' | 'registry'>> => {
  if (!isImages(source)) return openDataConfig(source, request);
  const registry = await openRegistry(request.plugin, process.cwd());
  const options = { root: source, size: [32, 32], validation: 0, testShare: 0 };
  return {
    config: checkConfig({ dataset: ['images', applyOverrides(options, request.set)] }, registry),
    registry,
  };
};

/**
 * Writes a config's dataset, or a folder of images, as shards. Errors: those of the dataset and of `packShards`.
 */
export const packDataset = async (request: PackDatasetRequest): Promise<PackedData> => {
  const { source, out, shardBytes, resize, signal, onProgress } = request;
  const { config, registry } = await openSource(source, request);
  const open = registry.make(DATASET, config.dataset);
  const progress = onProgress && { progress: onProgress };
  const dataset = await open({ seed: seedOf(config.seed).at('dataset'), ...progress });
  try {
    return await packShards(dataset, { out, shardBytes, resize, signal, ...progress });
  } finally {
    await dataset.close?.();
  }
};
