import { CHECKPOINT_FORMAT, evaluatedWeights, type NdArrays } from '@understory/core';
import type { Weights } from './weights.ts';

type Read = Pick<Weights, 'tensors' | 'metadata'>;

/** Where a backbone's weights stand in our own checkpoints, and those that a task puts on it. */
const BACKBONE = 'backbone/';
export const TASK = 'task/';

const after = (prefix: string, tensors: NdArrays): NdArrays => {
  const own = Object.entries(tensors).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
};

const isCheckpoint = ({ metadata }: Read): boolean => metadata['format'] === CHECKPOINT_FORMAT;

/** The tensors of a file that are a network's: of a checkpoint its backbone alone (as it is evaluated), of other files all. */
export const backboneTensors = (read: Read): NdArrays =>
  isCheckpoint(read) ? after(BACKBONE, evaluatedWeights(read)) : read.tensors;

/** The tensors of a file that a task put on its backbone, by our names: of a checkpoint (as it is evaluated), or of `translate`. */
export const taskTensors = (read: Read): NdArrays =>
  after(TASK, isCheckpoint(read) ? evaluatedWeights(read) : read.tensors);
