import type { Variable } from '@tensorflow/tfjs-core';
import type { NdArray } from '../contracts/arrays.ts';
import type { Runner } from '../contracts/runner.ts';
import { UnderstoryError } from '../errors.ts';
import { AVERAGE, partOf } from './optimizerState.ts';
import { decodeOwn, isObject, parsedAs } from './ownFile.ts';
import { safetensorsParts } from '../safetensors.ts';

/** `black-box` holds the step that failed, where one did. */
export type CheckpointName = 'last' | 'best' | 'black-box';

/** Where a run keeps its checkpoints; `save` is atomic: a reader sees the old one or the new one, whole. */
export interface CheckpointStore {
  /** `parts` follow each other in the file. */
  save(name: CheckpointName, parts: readonly Uint8Array[]): Promise<void>;
  load(name: CheckpointName): Promise<Uint8Array | undefined>;
}

/** Everything that is not a tensor in a run's state. Random streams need no state: they derive from seed and step. */
export interface Progress {
  /** Step that comes next. */
  readonly step: number;
  readonly bestEpoch: number;
  /** Validation metric of the best epoch, or null before the first. */
  readonly bestValue: number | null;
  /** Sums over the unfinished epoch, so that its means do not depend on interruptions. */
  readonly sums: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** What a checkpoint's metadata say under `format`. */
export const CHECKPOINT_FORMAT = 'understory-1';

/** Values of variables by their names. */
export const readNamed = async (
  runner: Runner,
  variables: Readonly<Record<string, Variable>>,
): Promise<Record<string, NdArray>> => {
  const names = Object.keys(variables);
  const values = await runner.read(names.map((name) => variables[name]!));
  return Object.fromEntries(names.map((name, i) => [name, values[i]!]));
};

/** Takes a run's whole state: one safetensors file in parts, progress in its metadata. */
export const takeCheckpoint = async (
  runner: Runner,
  variables: Readonly<Record<string, Variable>>,
  progress: Progress,
): Promise<readonly Uint8Array[]> => {
  const tensors = await readNamed(runner, variables);
  return safetensorsParts(tensors, { format: CHECKPOINT_FORMAT, progress: JSON.stringify(progress) });
};

export interface Checkpoint {
  readonly tensors: Readonly<Record<string, NdArray>>;
  readonly progress: Progress;
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isNumber = (value: unknown): boolean => typeof value === 'number';

const isProgress = (value: unknown): value is Progress =>
  isObject(value) &&
  isCount(value['step']) &&
  Number.isSafeInteger(value['bestEpoch']) &&
  (value['bestValue'] === null || isNumber(value['bestValue'])) &&
  isObject(value['sums']) &&
  Object.values(value['sums']).every((sum) => sum === null || isNumber(sum)) &&
  isNumber(value['seconds']);

/** Errors: `bad-safetensors` and `checkpoint`, which name `source`. */
export const readCheckpoint = (bytes: Uint8Array, source: string): Checkpoint => {
  const { tensors, metadata } = decodeOwn(bytes, source);
  if (metadata['format'] !== CHECKPOINT_FORMAT) {
    const found = metadata['format'] ?? 'none';
    throw new UnderstoryError(
      'checkpoint',
      `${source} is no Understory checkpoint (format "${found}", expected "${CHECKPOINT_FORMAT}").`,
    );
  }
  const progress = parsedAs(metadata['progress'], isProgress);
  if (progress) return { tensors, progress };
  const cure = 'Use another checkpoint of the run, or train it again.';
  throw new UnderstoryError(
    'checkpoint',
    `${source} is damaged: it does not say how far the run was. ${cure}`,
  );
};

/** A checkpoint's network as it is evaluated: trained weights are their moving average where the run kept one. */
export const evaluatedWeights = ({
  tensors,
}: Pick<Checkpoint, 'tensors'>): Readonly<Record<string, NdArray>> => ({
  ...tensors,
  ...partOf(tensors, `optimizer/${AVERAGE}`),
});

/** Puts a checkpoint's tensors into variables of the same names; a missing or misshapen one is an error that lists them. */
export const restore = async (
  runner: Runner,
  variables: Readonly<Record<string, Variable>>,
  tensors: Readonly<Record<string, NdArray>>,
): Promise<void> => {
  const names = Object.keys(variables);
  const wrong = names.filter((name) => tensors[name]?.shape.join() !== variables[name]!.shape.join());
  if (wrong.length > 0) {
    const list = wrong
      .slice(0, 5)
      .map((n) => `${n} (${tensors[n] ? `[${tensors[n].shape.join(', ')}]` : 'missing'})`);
    const cure = 'Was the run started with another config? Start a new run, or use that config.';
    throw new UnderstoryError(
      'checkpoint',
      `${wrong.length} weights do not fit the network: ${list.join(', ')}. ${cure}`,
    );
  }
  await runner.write(
    names.map((n) => variables[n]!),
    names.map((n) => tensors[n]!),
  );
};
