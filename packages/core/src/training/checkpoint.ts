import type { Variable } from '@tensorflow/tfjs-core';
import type { NdArray } from '../contracts/arrays.ts';
import type { Runner } from '../contracts/runner.ts';
import { UnderstoryError } from '../errors.ts';
import type { DataFingerprint } from '../data/fingerprint.ts';
import { isSound, NO_CHECKSUM, seal } from '../formats/checksum.ts';
import { partOf } from '../named.ts';
import { AVERAGE } from './optimizerState.ts';
import { isCount, isObject } from '../checks.ts';
import type { Groups } from '../data/batches.ts';
import type { Pace } from './pace.ts';
import { decodeSafetensors, safetensorsParts } from '../formats/safetensors.ts';

/** Checkpoints from which a run can go on: `previous` is the `last` before the present one. */
export const RESUMABLE = ['last', 'previous', 'best'] as const;
export type Resumable = (typeof RESUMABLE)[number];
/** `black-box` holds the step that failed, where one did. */
export type CheckpointName = Resumable | 'black-box';

/**
 * Where a run keeps its checkpoints; `save` is atomic: a reader sees the old one or the new one, whole. Saving `last`
 * keeps what was `last` until then as `previous`; at no moment is there no `last`.
 */
export interface CheckpointStore {
  /** `parts` follow each other in the file. */
  save(name: 'last' | 'best' | 'black-box', parts: readonly Uint8Array[]): Promise<void>;
  load(name: CheckpointName): Promise<Uint8Array | undefined>;
  /** What messages call a checkpoint: its file. */
  describe?(name: CheckpointName): string;
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
  /** Where groups of accumulated steps begin; absent where they begin with the run. */
  readonly groups?: Groups;
  /** Images of the first stream that the epoch under way has shown; absent in checkpoints of earlier versions. */
  readonly images?: number;
}

/** What a run must find again when it goes on. */
export interface Origin {
  readonly pace: Pace;
  readonly data: DataFingerprint;
  /** What tells its teachers from others; absent where it has none, and in checkpoints of earlier versions. */
  readonly teachers?: readonly string[];
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

/** Takes a run's whole state: one safetensors file in parts; progress, origin and a checksum in its metadata. */
export const takeCheckpoint = async (
  runner: Runner,
  variables: Readonly<Record<string, Variable>>,
  progress: Progress,
  origin?: Origin,
): Promise<readonly Uint8Array[]> => {
  const tensors = await readNamed(runner, variables);
  const parts = safetensorsParts(tensors, {
    format: CHECKPOINT_FORMAT,
    checksum: NO_CHECKSUM,
    progress: JSON.stringify(progress),
    ...(origin && { origin: JSON.stringify(origin) }),
  });
  await seal(parts);
  return parts;
};

export interface Checkpoint {
  readonly tensors: Readonly<Record<string, NdArray>>;
  readonly progress: Progress;
  /** Absent in checkpoints of earlier versions. */
  readonly origin?: Origin;
}

const isNumber = (value: unknown): boolean => typeof value === 'number';

const isGroups = (value: unknown): value is Groups =>
  isObject(value) && isCount(value['step']) && isCount(value['updates']);

const isProgress = (value: unknown): value is Progress =>
  isObject(value) &&
  isCount(value['step']) &&
  Number.isSafeInteger(value['bestEpoch']) &&
  (value['bestValue'] === null || isNumber(value['bestValue'])) &&
  isObject(value['sums']) &&
  Object.values(value['sums']).every((sum) => sum === null || isNumber(sum)) &&
  isNumber(value['seconds']) &&
  (value['groups'] === undefined || isGroups(value['groups']));

const damaged = (source: string, why: string, cause?: unknown): UnderstoryError =>
  new UnderstoryError('damaged', `${source} is damaged: ${why}.`, { cause });

const parsed = (text: string, what: string, source: string): unknown => {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch (cause) {
    throw damaged(source, `its ${what} is not JSON`, cause);
  }
  throw damaged(source, `its ${what} says nothing`);
};

const progressOf = (text: string, source: string): Progress => {
  const progress = parsed(text, 'progress', source);
  if (isProgress(progress)) return progress;
  throw damaged(source, 'it does not say how far the run was');
};

const decode = (bytes: Uint8Array, source: string): ReturnType<typeof decodeSafetensors> => {
  try {
    return decodeSafetensors(bytes);
  } catch (error) {
    if (!(error instanceof UnderstoryError)) throw error;
    throw damaged(source, error.message.replace(/^[^:]*: /, '').replace(/\. Save .*$|\.$/, ''), error);
  }
};

/**
 * Whether a checkpoint's bytes are those that were written, by the checksum among its metadata. Earlier versions wrote
 * none, and no count of images.
 */
export const isWholeCheckpoint = (
  bytes: Uint8Array,
  { progress }: Readonly<Record<string, string>>,
): boolean => isSound(bytes) ?? !progress?.includes('"images"');

/** Errors: `checkpoint` where the file is none, `damaged` where its bytes are not those that were written. */
export const readCheckpoint = (bytes: Uint8Array, source: string): Checkpoint => {
  const { tensors, metadata } = decode(bytes, source);
  const { format = 'none', progress, origin } = metadata;
  if (!isWholeCheckpoint(bytes, metadata)) throw damaged(source, 'its checksum is not that of its bytes');
  if (format !== CHECKPOINT_FORMAT || progress === undefined) {
    throw new UnderstoryError(
      'checkpoint',
      `${source} is no Understory checkpoint (format "${format}", expected "${CHECKPOINT_FORMAT}").`,
    );
  }
  return {
    tensors,
    progress: progressOf(progress, source),
    ...(origin !== undefined && { origin: parsed(origin, 'origin', source) as Origin }),
  };
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
