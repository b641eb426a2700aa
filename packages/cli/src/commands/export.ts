import path from 'node:path';
import { exportModel } from '@understory/interop';
import { eagerRunner } from '@understory/core';
import { loadEngine } from '@understory/engine';
import { loadNetwork } from '../loadNetwork.ts';
import { readRun } from '../runInfo.ts';
import { openRegistry } from '../session.ts';

/** `understory export <run> [folder]`: model.json for plain tfjs, from the best weights. */
export const exportRun = async (folder: string, target = path.join(folder, 'model')): Promise<void> => {
  const { info } = await readRun(folder);
  const registry = await openRegistry(info.config.plugins, info.folder);
  await loadEngine();
  const { network, info: learned } = await loadNetwork(registry, eagerRunner(), folder, {
    checkpoint: 'best',
  });
  await exportModel(network.backbone, learned.dataset, target);
  process.stdout.write(
    `${path.join(target, 'model.json')}: pixels 0…255 in, class probabilities out; tf.loadLayersModel() reads it.\n`,
  );
};
