import { CHECKPOINT_FORMAT, evaluatedWeights, type NdArrays } from '@understory/core';
import type { Weights } from './weights.ts';

/** Where a backbone's weights stand in our own checkpoints. */
const PREFIX = 'backbone/';

/** The tensors of a file that are a network's: of a checkpoint its backbone alone (as it is evaluated), of other files all. */
export const backboneTensors = ({ tensors, metadata }: Pick<Weights, 'tensors' | 'metadata'>): NdArrays => {
  if (metadata['format'] !== CHECKPOINT_FORMAT) return tensors;
  const own = Object.entries(evaluatedWeights({ tensors })).filter(([name]) => name.startsWith(PREFIX));
  return Object.fromEntries(own.map(([name, tensor]) => [name.slice(PREFIX.length), tensor]));
};
