import { tidy, type Tensor } from '@tensorflow/tfjs-core';
import { UnderstoryError, type ArrayType, type StepFunction } from '@understory/core';
import { attribute } from '../graph/attributes.ts';
import type { GraphBuilder } from '../graph/graphBuilder.ts';
import { TF } from '../graph/native.ts';
import type { Value } from '../graph/value.ts';
import type { Slot } from '../graph/variableStore.ts';
import { nativeBackend } from './internals.ts';
import type { InputSpec, Program } from './program.ts';
import { Symbols } from './symbols.ts';
import type { TraceContext } from './traceContext.ts';
import { userLine } from './whereNow.ts';

/** A step as tfjs has told it. */
export interface Traced {
  readonly program: Program;
  /** Every variable that the step reads, assigns or makes. */
  readonly slots: readonly Slot[];
  /** Whether tensors from outside, whose values the step has kept, are all still there. */
  readonly constantsLive: () => boolean;
}

/**
 * Calls `fn` with symbolic inputs and takes down what it would compute; nothing runs. Afterwards tfjs's variables hold
 * what they held before.
 */
export const trace = (
  name: string,
  fn: StepFunction,
  inputs: readonly InputSpec[],
  context: TraceContext,
): Traced => {
  const { draft, passages } = context;
  const given = inputs.map((input) => ({ ...input, value: draft.placeholder(TF[input.dtype], input.shape) }));
  const symbols = new Symbols(nativeBackend(), context);
  try {
    passages.begin(({ dataId }) => symbols.valueOf(dataId));
    const recorded = tidyly(() => record(symbols, fn, given, draft));
    if (symbols.failure) throw symbols.failure;
    symbols.requireNoneKept();
    const slots = symbols.captures.slots();
    const program = { name, inputs: given, passages: passages.end(), ...recorded };
    return { program, slots, constantsLive: symbols.liveness() };
  } catch (error) {
    symbols.captures.abandon();
    throw symbols.failure ?? missingKernel(error) ?? error;
  } finally {
    passages.end();
    symbols.restore();
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

type Recorded = Omit<Program, 'name' | 'inputs' | 'passages'>;

const record = (
  symbols: Symbols,
  fn: StepFunction,
  inputs: Program['inputs'],
  draft: GraphBuilder,
): Recorded => {
  const tensors = inputs.map(
    ({ name, dtype, value }) => [name, symbols.tensor(inside(dtype, value, draft))] as const,
  );
  const results = checked(fn(Object.fromEntries(tensors)));
  const outputs = Object.entries(results).map(([name, tensor]) => {
    return { name, dtype: tensor.dtype, value: symbols.valueOf(tensor.dataId) };
  });
  const { captures } = symbols;
  const assigns = captures.assigns((dataId) => symbols.valueOf(dataId));
  return { outputs, assigns, reads: captures.reads(), created: captures.created() };
};

/** An input as the step sees it: images come in as bytes and are int32 inside. */
const inside = (dtype: ArrayType, value: Value, draft: GraphBuilder): Value =>
  dtype === 'uint8'
    ? draft.value('Cast', [value], [attribute.type('SrcT', TF.uint8), attribute.type('DstT', TF.int32)])
    : value;

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
