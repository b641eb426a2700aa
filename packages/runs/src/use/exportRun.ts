import path from 'node:path';
import { eagerRunner, fileError, isSystemFault } from '@understory/core';
import { loadEngine } from '@understory/engine';
import { exportModel } from '@understory/interop';
import { checkPath, outputFolderFault } from '../paths.ts';
import { openRegistry } from '../session.ts';
import { networkOfTrained, readTrained } from '../load/loadNetwork.ts';

/**
 * Writes a run's network, from its best weights and without heads, as a model for plain tfjs. Gives the path of
 * `model.json`. Errors: those of `readTrained`, `options`, `write-failed`.
 */
export const exportRun = async (run: string, target = path.join(run, 'model')): Promise<string> => {
  const trained = await readTrained(run, 'best');
  const { config, folder, dataset } = trained.info;
  checkPath(outputFolderFault, "The model's folder", target);
  const registry = await openRegistry(config.plugins, folder);
  await loadEngine();
  const { backbone } = await networkOfTrained(registry, eagerRunner(), trained);
  await exportModel(backbone, dataset, target).catch((error: unknown) => {
    throw isSystemFault(error) ? fileError('write', target, error) : error;
  });
  return path.join(target, 'model.json');
};
