import path from 'node:path';
import { buildActivation, eagerRunner, fileError, isSystemFault } from '@understory/core';
import { loadEngine } from '@understory/engine';
import { exportModel } from '@understory/interop/node';
import { checkPath, outputFolderFault } from '../paths.ts';
import { openRegistry } from '../session.ts';
import { networkOfTrained, readTrained } from '../load/loadNetwork.ts';

/** What was written. */
export interface ExportedRun {
  /** Path of `model.json`. */
  readonly file: string;
  /** What the model gives, by name, in its order. */
  readonly outputs: readonly string[];
}

/**
 * Writes a run's network, from its best weights and without heads, as a model for plain tfjs. Errors: those of `readTrained`, `options`, `write-failed`.
 */
export const exportRun = async (run: string, target = path.join(run, 'model')): Promise<ExportedRun> => {
  const trained = await readTrained(run, 'best');
  const { config, folder, dataset } = trained.info;
  checkPath(outputFolderFault, "The model's folder", target);
  const registry = await openRegistry(config.plugins, folder);
  await loadEngine();
  const network = await networkOfTrained(registry, eagerRunner(), trained);
  await exportModel(network, dataset, target).catch((error: unknown) => {
    throw isSystemFault(error) ? fileError('write', target, error) : error;
  });
  return { file: path.join(target, 'model.json'), outputs: buildActivation(network.task, network).names };
};
