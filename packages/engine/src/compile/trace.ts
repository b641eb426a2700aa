import { tidy, type DataType, type Tensor } from '@tensorflow/tfjs-core';
import { UnderstoryError, type ArrayType, type StepFunction } from '@understory/core';
import { attribute, type GraphBuilder, type GraphNode, type Value } from './graphBuilder.ts';
import { NOT_FINITE } from './errors.ts';
import { nativeBackend } from './internals.ts';
import { TF } from './native.ts';
import type { Notice } from './notice.ts';
import { userLine } from './place.ts';
import type { Rewrite } from './recorder.ts';
import { Symbols } from './symbols.ts';
import type { Slot, VariableStore } from './variableStore.ts';

/** An input as a step is traced for it. */
export interface InputSpec {
  readonly name: string;
  readonly dtype: ArrayType;
  readonly shape: readonly number[];
}

/** A step as it stands in the graph. */
export interface Traced {
  readonly inputs: readonly (InputSpec & { readonly feed: Value })[];
  readonly outputs: readonly { readonly name: string; readonly dtype: DataType; readonly value: Value }[];
  /** What must run besides the outputs: assignments. */
  readonly targets: readonly GraphNode[];
  /** Every variable that the step reads or assigns. */
  readonly slots: readonly Slot[];
  /** Nodes that the trace has added. */
  readonly nodes: number;
  /** Whether tensors from outside, whose values the step has kept, are all still there. */
  readonly constantsLive: () => boolean;
}

export interface TraceContext {
  /** Variables are assigned only when every float output is finite. */
  readonly guard?: boolean;
  readonly builder: GraphBuilder;
  readonly store: VariableStore;
  readonly rewrites: readonly Rewrite[];
  readonly notify: (notice: Notice) => void;
}

/** Results from this size on go to JS without a copy, so each needs memory of its own (`kShared` in run.cc). */
const SHARED_RESULT = 2 ** 16;

/**
 * Calls `fn` with symbolic inputs: what it would compute is added to the graph, and nothing runs. Afterwards tfjs's
 * variables hold what they held before.
 */
export const trace = (
  name: string,
  fn: StepFunction,
  inputs: readonly InputSpec[],
  context: TraceContext,
): Traced => {
  const { builder } = context;
  const before = builder.size;
  builder.scope = `${name.replace(/[^A-Za-z0-9_.-]+/g, '_').replace(/^[^A-Za-z0-9.]/, 's')}/`;
  const feeds = inputs.map((input) => ({
    ...input,
    feed: builder.placeholder(TF[input.dtype], input.shape),
  }));
  const symbols = new Symbols(nativeBackend(), context);
  try {
    const recorded = tidyly(() => record(symbols, fn, feeds, context));
    if (symbols.failure) throw symbols.failure;
    symbols.requireNoneKept();
    return { inputs: feeds, ...recorded, nodes: builder.size - before, constantsLive: symbols.liveness() };
  } catch (error) {
    symbols.captures.abandon();
    throw symbols.failure ?? missingKernel(error) ?? error;
  } finally {
    symbols.restore();
    builder.scope = '';
  }
};

/** `tidy` for a function that gives no tensors. */
const tidyly = <T>(fn: () => T): T => {
  let result: T | undefined;
  tidy(() => {
    result = fn();
  });
  return result as T;
};

type Recorded = Pick<Traced, 'outputs' | 'targets' | 'slots'>;

const record = (
  symbols: Symbols,
  fn: StepFunction,
  feeds: Traced['inputs'],
  { builder, guard = false }: TraceContext,
): Recorded => {
  const tensors = feeds.map(
    ({ name, dtype, feed }) => [name, symbols.tensor(inside(dtype, feed, builder))] as const,
  );
  const results = checked(fn(Object.fromEntries(tensors)));
  const outputs = Object.entries(results).map(([name, tensor]) => {
    return { name, dtype: tensor.dtype, value: owned(symbols.valueOf(tensor.dataId), tensor, builder) };
  });
  const checks = guard ? outputs.flatMap((output) => finiteCheck(output, builder)) : [];
  const targets = symbols.captures.assignments((dataId) => symbols.valueOf(dataId), checks);
  return { outputs, targets, slots: symbols.captures.slots() };
};

/** A node that fails the run when an output is not finite, and names it. */
const finiteCheck = (
  { name, dtype, value }: Traced['outputs'][number],
  builder: GraphBuilder,
): GraphNode[] => {
  if (dtype !== 'float32') return [];
  const attributes = [attribute.type('T', TF.float32), attribute.string('message', NOT_FINITE + name)];
  return [builder.add('CheckNumerics', [value], attributes)];
};

/** An input as the step sees it: images come in as bytes and are int32 inside. */
const inside = (dtype: ArrayType, feed: Value, builder: GraphBuilder): Value =>
  dtype === 'uint8'
    ? builder.value('Cast', [feed], [attribute.type('SrcT', TF.uint8), attribute.type('DstT', TF.int32)])
    : feed;

const owned = (value: Value, tensor: Tensor, builder: GraphBuilder): Value =>
  tensor.size * 4 < SHARED_RESULT
    ? value
    : builder.value('DeepCopy', [value], [attribute.type('T', value.dtype)]);

const checked = (results: unknown): Record<string, Tensor> => {
  const entries = results !== null && typeof results === 'object' ? Object.entries(results) : null;
  const wrong = entries?.find(([, tensor]) => !isOutput(tensor));
  if (entries && !wrong && !('then' in (results as object))) return results as Record<string, Tensor>;
  const what = wrong
    ? `"${wrong[0]}" is none, or one of strings or complex numbers`
    : 'it gave something else';
  throw new UnderstoryError('step-output', `A step gives tensors by name, and gives them at once: ${what}.`);
};

const OUTPUT_TYPES = new Set<unknown>(['float32', 'int32', 'bool']);
const isOutput = (tensor: unknown): boolean =>
  tensor !== null &&
  typeof tensor === 'object' &&
  'dataId' in tensor &&
  OUTPUT_TYPES.has((tensor as Tensor).dtype);

/** tfjs's own word for an op that its native backend lacks. */
const missingKernel = (error: unknown): UnderstoryError | undefined => {
  const op = error instanceof Error ? /Kernel '(\w+)' not registered/.exec(error.message)?.[1] : undefined;
  if (op === undefined) return undefined;
  const where = userLine((error as Error).stack);
  return new UnderstoryError('op-missing', `tfjs's native backend has no kernel for ${op} (at ${where}).`, {
    cause: error,
  });
};
