import type { NdArrays } from '@understory/core';
import { DETECTORS } from '../names/detectors.ts';
import { OWN_NAMES } from '../names/nameTable.ts';
import { taskTensors } from '../weights/backboneTensors.ts';
import type { Weights } from '../weights/weights.ts';
import { prefixOf, prefixesOf } from './prefix.ts';
import type { BeginOptions } from './withWeights.ts';

/** A whole network in a file: a backbone, and what a task put on it. */
export interface FoundNetwork {
  /** Whose names the file has. */
  readonly code: string;
  /** What the task put on the backbone, and other things. */
  readonly file: NdArrays;
  /** What stands before the names of `file`. */
  readonly prefix: string;
  /** How to find the backbone in what `backboneTensors` gives of the file. */
  readonly backbone: Pick<BeginOptions, 'names' | 'prefix' | 'elsewhere'>;
}

/** Errors: `weights-mismatch` where a code's mark is in the file several times. */
const foreign = (
  { tensors }: Pick<Weights, 'tensors'>,
  { names, prefix }: Pick<BeginOptions, 'names' | 'prefix'>,
): FoundNetwork | undefined => {
  const all = Object.keys(tensors);
  for (const { code, mark, body, backbone } of DETECTORS) {
    if (names !== undefined && names !== code) continue;
    const there = prefix === undefined ? prefixesOf(all, [mark]).length > 0 : all.includes(prefix + mark);
    if (!there) continue;
    const before = prefix ?? prefixOf(all, [mark]);
    const isTask = (name: string): boolean => name.startsWith(before) && !name.startsWith(before + body);
    return {
      ...{ code, prefix: before, file: tensors },
      backbone: { names: backbone, prefix: before + body, elsewhere: isTask },
    };
  }
  return undefined;
};

/**
 * The whole network that a file holds, not its backbone alone: a detector of torchvision or mmdetection, or a network of our own
 * whose task continues its backbone. `names` and `prefix` are what is known of the file; undefined where there is none.
 */
export const detectorIn = (
  weights: Pick<Weights, 'tensors' | 'metadata'>,
  known: Pick<BeginOptions, 'names' | 'prefix'> = {},
): FoundNetwork | undefined => {
  const file = taskTensors(weights);
  if (Object.keys(file).length === 0) return foreign(weights, known);
  const elsewhere = (name: string): boolean => name.startsWith('task/');
  return { code: OWN_NAMES.code, file, prefix: '', backbone: { ...known, elsewhere } };
};
