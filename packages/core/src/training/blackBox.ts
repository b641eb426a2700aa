import type { Variable } from '@tensorflow/tfjs-core';
import type { NdArray, NdArrays } from '../contracts/arrays.ts';
import type { Runner } from '../contracts/runner.ts';
import { UnderstoryError } from '../errors.ts';
import { decodeSafetensors, encodeSafetensors } from '../safetensors.ts';
import { readNamed } from './checkpoint.ts';

/** All that a step which failed began with: enough to run it again anywhere. */
export interface BlackBox {
  readonly step: number;
  /** Values of all variables before the step, by their names in checkpoints. */
  readonly state: NdArrays;
  /** What the step was fed. */
  readonly inputs: NdArrays;
  /** What the program that trained says of the run, for the one that replays it. */
  readonly description: string;
}

const FORMAT = 'understory-black-box-1';
const [STATE, INPUTS] = ['state/', 'inputs/'] as const;

const under = (tensors: NdArrays, prefix: string): NdArrays =>
  Object.fromEntries(
    Object.entries(tensors).flatMap(([key, value]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
    ),
  );

const prefixed = (tensors: NdArrays, prefix: string): [string, NdArray][] =>
  Object.entries(tensors).map(([key, value]) => [prefix + key, value]);

/** Writes down a step: what it began with and what it was fed, in one file. */
export const takeBlackBox = async (
  runner: Runner,
  variables: Readonly<Record<string, Variable>>,
  { step, inputs, description }: Omit<BlackBox, 'state'>,
): Promise<Uint8Array> => {
  const state = await readNamed(runner, variables);
  const tensors = Object.fromEntries([...prefixed(state, STATE), ...prefixed(inputs, INPUTS)]);
  return encodeSafetensors(tensors, { format: FORMAT, step: String(step), description });
};

export const readBlackBox = (bytes: Uint8Array, source: string): BlackBox => {
  const { tensors, metadata } = decodeSafetensors(bytes);
  if (metadata['format'] !== FORMAT) {
    throw new UnderstoryError(
      'black-box',
      `${source} is no black box of this version (format "${metadata['format'] ?? 'none'}").`,
    );
  }
  return {
    step: Number(metadata['step']),
    state: under(tensors, STATE),
    inputs: under(tensors, INPUTS),
    description: metadata['description'] ?? '',
  };
};
