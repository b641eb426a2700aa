import path from 'node:path';
import {
  eagerRunner,
  EXPORT_FORMAT,
  fileError,
  isSystemFault,
  type Exported,
  type Spec,
} from '@understory/core';
import { loadEngine, recordGraph } from '@understory/engine';
import { checkPath, outputFolderFault } from '../paths.ts';
import { openRegistry } from '../session.ts';
import { networkOfTrained, readTrained } from '../load/loadNetwork.ts';

export interface ExportRunRequest {
  /** A run's folder. */
  readonly run: string;
  /** Where files go; `model` in the run's folder where nothing is said. */
  readonly folder?: string | undefined;
  /** An export format; `tfjs` where nothing is said. */
  readonly format?: Spec | undefined;
}

/**
 * Writes a run's network, from its best weights and without heads, for other programs. Errors: those of `readTrained`,
 * `options`, `unknown-name`, `write-failed`.
 */
export const exportRun = async ({
  run,
  folder: wanted,
  format = 'tfjs',
}: ExportRunRequest): Promise<Exported> => {
  const target = wanted ?? path.join(run, 'model');
  const trained = await readTrained(run, 'best');
  const { config, folder, dataset } = trained.info;
  checkPath(outputFolderFault, "The model's folder", target);
  const registry = await openRegistry(config.plugins, folder);
  const exporter = registry.make(EXPORT_FORMAT, format);
  await loadEngine();
  const { task, ...network } = await networkOfTrained(registry, eagerRunner(), trained);
  return exporter
    .write({ network, task, dataset, folder: target, record: recordGraph })
    .catch((error: unknown) => {
      throw isSystemFault(error) ? fileError('write', target, error) : error;
    });
};
