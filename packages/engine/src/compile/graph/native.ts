import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { UnderstoryError } from '@understory/core';
import { addonPath } from '../../link/addon.ts';
import { addonSource } from '../../link/sources.ts';
import { installedEngine } from '../../link/status.ts';
import { threadCount } from '../../link/threads.ts';

/** TensorFlow's numbers for types; they are the same everywhere. */
export const TF = {
  float32: 1,
  int32: 3,
  uint8: 4,
  string: 7,
  complex64: 8,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  resource: 20,
} as const;

/** Kinds of attributes, as tfjs's own binding numbers them too. */
export const KIND = { string: 0, int: 1, float: 2, bool: 3, type: 4, shape: 5, tensor: 6 } as const;

export interface TensorContent {
  readonly dtype: number;
  readonly shape: readonly number[];
  readonly data: ArrayBufferView;
}

/** An attribute of an op, in the form in which tfjs's kernels give it. */
export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: AttributeValue;
}
export type AttributeValue =
  string | number | boolean | readonly (string | number | boolean)[] | TensorContent;

declare const kind: unique symbol;
interface Handle<K extends string> {
  readonly [kind]: K;
}
export type GraphHandle = Handle<'graph'>;
export type SessionHandle = Handle<'session'>;
export type PlanHandle = Handle<'plan'>;

export interface NativeOutput {
  readonly id: number;
  readonly dtype: number;
  /** Null where the rank is unknown, −1 for an unknown size. */
  readonly shape: readonly number[] | null;
}

export interface NativeNode {
  readonly node: number;
  readonly outputs: readonly NativeOutput[];
}

export interface NativeResult {
  readonly outputs: readonly {
    readonly dtype: number;
    readonly shape: readonly number[];
    readonly data: ArrayBuffer;
  }[];
  /** Serialised RunMetadata of a profiled run. */
  readonly metadata: ArrayBuffer;
}

/** CPU time of the thread that ran one of the addon's own ops. */
export interface OwnTime {
  readonly node: string;
  readonly milliseconds: number;
}

/** The engine's addon, `native/*.cc`. Its errors carry TensorFlow's name of the failure in `code`. */
export interface Native {
  /** Threads that one of the addon's own ops works with; it counts before any of them has run. */
  setThreads(threads: number): void;
  /** Gives the system back what is free in the heap. */
  trimMemory(): void;
  /** Those of `base`, `avx2`, `avx512`, `avx512bf16`, `amx` that kernels are compiled for and this processor has, the best one last. */
  instructionSets(): string[];
  /** Has kernels use this set and those before it from now on; false where it is not there. */
  useInstructionSet(name: string): boolean;
  /** Whether the CPU times of the addon's own ops are kept from now on; forgets those that were. */
  keepTimes(keep: boolean): void;
  keptTimes(): readonly OwnTime[];
  /** Fills arrays with normal numbers as `fill` of `@understory/core` does: a deviation and four words of a state for each. */
  fillNormals(arrays: readonly Float32Array[], deviations: readonly number[], states: Int32Array): void;
  createGraph(): GraphHandle;
  addNode(
    graph: GraphHandle,
    op: string,
    name: string,
    inputs: readonly (number | readonly number[])[],
    controls: readonly number[],
    attributes: readonly Attribute[],
    shapes: readonly (readonly number[])[],
  ): NativeNode;
  /** A serialised OpDef. */
  opDefinition(graph: GraphHandle, op: string): ArrayBuffer;
  /** A serialised KernelList. */
  opKernels(op: string): ArrayBuffer;
  /** The value of an output that depends on constants alone; null for any other. */
  evaluate(graph: GraphHandle, output: number): ArrayBuffer | null;
  /** `target`: of a server, or '' for this process alone; `sums`: a number of `joinSums`, or 0. */
  createSession(graph: GraphHandle, config: Uint8Array, target: string, sums: number): SessionHandle;
  /** A worker's part in sums through memory that a descriptor stands for, as a number; 0 where there is no room, on all workers alike. */
  joinSums(descriptor: number, group: number, size: number, rank: number): number;
  /** Makes room for a sum of so many elements; false where there is none, on all workers alike. */
  reserveSum(sums: number, number: number, elements: number): boolean;
  /** Starts a server by a serialised ServerDef, for as long as the process lives, and gives the target of its sessions. */
  createServer(definition: Uint8Array): string;
  /** Cancels what runs; nothing runs in the session any more. */
  closeSession(session: SessionHandle): void;
  createPlan(
    session: SessionHandle,
    feeds: readonly number[],
    fetches: readonly number[],
    targets: readonly number[],
  ): PlanHandle;
  /** Runs in a worker thread; the arrays that are fed belong to the run until it ends. */
  run(plan: PlanHandle, feeds: readonly TensorContent[], profile: boolean): Promise<NativeResult>;
  /** Runs at once, while the event loop waits. */
  runSync(plan: PlanHandle, feeds: readonly TensorContent[], profile: boolean): NativeResult;
}

const require = createRequire(import.meta.url);

/** The engine's own addon, as `loadEngine` has compiled it; throws `engine-missing` where it is not there. */
export const ownAddon = (): Native => (loaded ??= loadAddon());

let loaded: Native | undefined;

const loadAddon = (): Native => {
  const at = installedEngine()?.at;
  const source = addonSource();
  const file = at && source ? addonPath(source, at) : null;
  if (file !== null && existsSync(file)) {
    const addon = require(file) as Native;
    addon.setThreads(threadCount());
    restrict(addon);
    return addon;
  }
  throw new UnderstoryError(
    'engine-missing',
    'The addon that compiles steps is not there: run `understory engine install` and call loadEngine() first.',
  );
};

/** Environment variable that names the best set of instructions that kernels may use. */
const RESTRICTED = 'UNDERSTORY_INSTRUCTIONS';

const restrict = (addon: Native): void => {
  const wanted = process.env[RESTRICTED];
  if (!wanted || addon.useInstructionSet(wanted)) return;
  throw new UnderstoryError(
    'bad-environment',
    `${RESTRICTED} is "${wanted}", and this processor has ${addon.instructionSets().join(', ')}. Name one of these, or leave it out.`,
  );
};
