import path from 'node:path';
import { exportModel } from '@understory/interop';
import { eagerRunner, fileError, isSystemFault } from '@understory/core';
import { loadEngine } from '@understory/engine';
import { checked, outputFolder } from '../arguments/paths.ts';
import { networkOfTrained, readTrained, openRegistry } from '@understory/runs';

/** `understory export <run> [folder]`: model.json for plain tfjs, from the best weights. */
export const exportRun = async (folder: string, target = path.join(folder, 'model')): Promise<void> => {
  const trained = await readTrained(folder, 'best');
  const { info } = trained;
  checked(outputFolder, "The model's folder", target);
  const registry = await openRegistry(info.config.plugins, info.folder);
  await loadEngine();
  const { backbone } = await networkOfTrained(registry, eagerRunner(), trained);
  await exportModel(backbone, info.dataset, target).catch((error: unknown) => {
    throw isSystemFault(error) ? fileError('write', target, error) : error;
  });
  process.stdout.write(
    `${path.join(target, 'model.json')}: pixels 0…255 in, class probabilities out; tf.loadLayersModel() reads it.\n`,
  );
};
