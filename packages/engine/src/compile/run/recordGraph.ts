import { getKernel, registerKernel, unregisterKernel, type KernelConfig } from '@tensorflow/tfjs-core';
import {
  LOOK_UP,
  ROI_ALIGN,
  UnderstoryError,
  type ArrayType,
  type Named,
  type NdArray,
  type RecordedGraph,
  type RecordedNode,
  type StepFunction,
} from '@understory/core';
import { OWN_PAIRS } from '../../eager/ownPairs.ts';
import { Definitions } from '../graph/definitions.ts';
import { GraphBuilder } from '../graph/graphBuilder.ts';
import { KIND, ownAddon, TF, type Attribute, type TensorContent } from '../graph/native.ts';
import { contentOf, isOwn, outputAt, shapeOf, type GraphNode, type Value } from '../graph/value.ts';
import { VariableStore, type Slot } from '../graph/variableStore.ts';
import { Rewriting } from '../passes/rewriting.ts';
import { filledLike, identity } from '../rewrites/simplify.ts';
import { Passages } from '../trace/passages.ts';
import { trace } from '../trace/trace.ts';

/** TensorFlow's names of types; 64-bit numbers, which tfjs has none of, become 32-bit ones. */
const TYPES: Readonly<Record<number, string>> = {
  [TF.float32]: 'DT_FLOAT',
  [TF.int32]: 'DT_INT32',
  [TF.int64]: 'DT_INT32',
  [TF.uint8]: 'DT_UINT8',
  [TF.bool]: 'DT_BOOL',
};

const ARRAY_TYPES: Readonly<Record<number, ArrayType>> = {
  [TF.float32]: 'float32',
  [TF.int32]: 'int32',
  [TF.int64]: 'int32',
  [TF.uint8]: 'uint8',
  [TF.bool]: 'bool',
};

const arrayType = (type: number): ArrayType => {
  const known = ARRAY_TYPES[type];
  if (known) return known;
  throw new UnderstoryError(
    'op-missing',
    `The graph holds a tensor of ${typeName(type)}, which no file takes.`,
  );
};

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

const typeName = (type: number): string => TYPES[type] ?? `DT_${type}`;

const FIELDS: Readonly<Record<number, readonly [field: string, of: (value: unknown) => unknown]>> = {
  [KIND.string]: ['s', (value) => base64(String(value))],
  [KIND.int]: ['i', String],
  [KIND.float]: ['f', Number],
  [KIND.bool]: ['b', Boolean],
  [KIND.type]: ['type', (value) => typeName(Number(value))],
};

const shapeText = (sizes: readonly unknown[]): object => ({
  dim: sizes.map((size) => ({ size: String(size) })),
});

const attributeOf = ({ type, value }: Attribute): unknown => {
  if (type === KIND.shape) return { shape: shapeText(value as readonly number[]) };
  const [field, of] = FIELDS[type]!;
  return Array.isArray(value) ? { list: { [field]: value.map(of) } } : { [field]: of(value) };
};

const nameOf = ({ node, index }: Value): string => (index === 0 ? node.name : `${node.name}:${index}`);

/** A constant's values in one of tfjs's types. */
const arrayOf = ({ dtype, shape, data }: TensorContent): NdArray => {
  const bytes = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
  if (dtype === TF.float32) return { dtype: 'float32', shape, data: new Float32Array(bytes) };
  if (dtype === TF.int32) return { dtype: 'int32', shape, data: new Int32Array(bytes) };
  if (dtype === TF.int64)
    return { dtype: 'int32', shape, data: Int32Array.from(new BigInt64Array(bytes), Number) };
  return { dtype: 'bool', shape, data: new Uint8Array(bytes) };
};

const constant = (name: string, content: TensorContent): RecordedNode => ({
  ...{ name, op: 'Const', inputs: [], content: arrayOf(content) },
  gives: [{ dtype: arrayType(content.dtype), shape: content.shape }],
  attributes: { dtype: { type: typeName(content.dtype) } },
});

const valuesOf = ({ dtype, shape, initial, variable }: Slot): TensorContent => {
  if (initial === 'outside') return { dtype, shape, data: variable.dataSync() };
  throw new UnderstoryError('trace-failed', `The variable "${variable.name}" has no value yet.`);
};

const nodeOf = (node: GraphNode, inputs: readonly Value[], draft: GraphBuilder): RecordedNode => {
  if (isOwn(node))
    throw new UnderstoryError('op-missing', `${node.op} is the engine's own op: no other program has it.`);
  return {
    name: node.name,
    op: node.op,
    inputs: inputs.map(nameOf),
    gives: node.outputs.map((value) => ({ dtype: arrayType(value.dtype), shape: shapeOf(value) })),
    attributes: Object.fromEntries(draft.wholeAttributes(node).map((one) => [one.name, attributeOf(one)])),
  };
};

/** Runs while what is kept of kernels that have an op of their own is composed of TensorFlow's. */
const withoutOwnKernels = <T>(run: () => T): T => {
  const kernels = [ROI_ALIGN, LOOK_UP, ...OWN_PAIRS].flatMap(
    (name) => (getKernel(name, 'tensorflow') as KernelConfig | undefined) ?? [],
  );
  for (const { kernelName, backendName } of kernels) unregisterKernel(kernelName, backendName);
  try {
    return run();
  } finally {
    kernels.forEach(registerKernel);
  }
};

/**
 * What a function computes of float32 inputs of these shapes, as a graph of TensorFlow's own ops for other programs; weights are
 * constants in it. Nothing runs. Errors: those of a compiled step, `op-missing` where an op is the engine's own.
 */
export const recordGraph = (
  name: string,
  fn: StepFunction,
  inputs: Named<readonly number[]>,
): RecordedGraph => {
  const native = ownAddon();
  const newBuilder = (): GraphBuilder => new GraphBuilder(native, new Definitions(native, ['CPU']));
  const given = Object.entries(inputs).map(([key, shape]) => ({
    name: key,
    dtype: 'float32' as const,
    shape,
  }));
  const draft = newBuilder();
  const { program } = withoutOwnKernels(() =>
    trace(name, fn, given, {
      draft,
      store: new VariableStore(newBuilder()),
      rewrites: [filledLike, identity],
      passages: new Passages(),
      notify: () => undefined,
    }),
  );
  const rewriting = new Rewriting(program);
  const nodes = rewriting.nodes().map((node) => {
    const slot = program.reads.get(outputAt(node, 0));
    const content = slot ? valuesOf(slot) : contentOf(node);
    return content
      ? constant(node.name, content)
      : nodeOf(
          node,
          node.inputs.map((value) => rewriting.resolve(value)),
          draft,
        );
  });
  const named = (all: readonly { readonly name: string; readonly value: Value }[]): Named<string> =>
    Object.fromEntries(all.map((one) => [one.name, nameOf(rewriting.resolve(one.value))]));
  return { nodes, inputs: named(program.inputs), outputs: named(program.outputs) };
};
