import type { NdArrays } from '@understory/core';
import type { Weights } from './readWeights.ts';

/** What our own checkpoints say of themselves, and where a backbone's weights stand in them. */
const [CHECKPOINT, PREFIX] = ['understory-1', 'backbone/'];

/** The tensors of a file that are a network's: of a checkpoint its backbone alone, of other files all. */
export const backboneTensors = ({ tensors, metadata }: Weights): NdArrays => {
  if (metadata['format'] !== CHECKPOINT) return tensors;
  const own = Object.entries(tensors).filter(([name]) => name.startsWith(PREFIX));
  return Object.fromEntries(own.map(([name, tensor]) => [name.slice(PREFIX.length), tensor]));
};
