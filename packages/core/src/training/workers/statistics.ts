import type { Tensor } from '@tensorflow/tfjs-core';
import type { Network } from '../../contracts/objective.ts';
import type { Workers } from '../../contracts/workers.ts';
import { networkVariables } from '../network.ts';
import { meanOverWorkers } from './meanOverWorkers.ts';

/**
 * Watches what a step writes beside the trained weights: batch norm's running averages, of its own worker's rows. `average`
 * makes those that were written the mean over workers, so that all go on with one network.
 */
export const watchStatistics = (network: Network): { readonly average: (workers: Workers) => void } => {
  const variables = networkVariables(network, false);
  const before = new Map(Object.entries(variables).map(([name, { dataId }]) => [name, dataId]));
  return {
    average(workers) {
      const written = Object.entries(variables).filter(([name, v]) => v.dataId !== before.get(name));
      const means = meanOverWorkers<Tensor>(Object.fromEntries(written), workers);
      for (const [name, variable] of written) variable.assign(means[name]!);
    },
  };
};
