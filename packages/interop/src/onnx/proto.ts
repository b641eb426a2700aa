import { float, message, type Content } from '@understory/core/protobuf';
import { FREE } from '../graph/freeBatch.ts';

/** Field numbers and types of onnx.proto3: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. */
const TYPES = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9, float16: 10 } as const;
export type OnnxType = keyof typeof TYPES;

const ATTRIBUTE = { float: 1, int: 2, text: 3, graph: 5, ints: 7 } as const;

/** An attribute's value: a whole number or several, `{ float }`, a word, or a graph's message. */
export type OnnxAttribute = number | string | readonly number[] | { readonly float: number } | Uint8Array;

const attribute = (name: string, value: OnnxAttribute): Uint8Array => {
  if (typeof value === 'number') return message({ 1: name, 3: value, 20: ATTRIBUTE.int });
  if (typeof value === 'string') return message({ 1: name, 4: value, 20: ATTRIBUTE.text });
  if (value instanceof Uint8Array) return message({ 1: name, 6: value, 20: ATTRIBUTE.graph });
  if ('float' in value) return message({ 1: name, 2: float(value.float), 20: ATTRIBUTE.float });
  return message({ 1: name, 8: value, 20: ATTRIBUTE.ints });
};

export interface OnnxNode {
  /** For people; none where it is empty. */
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

export const nodeMessage = ({ name, op, inputs, outputs, attributes }: OnnxNode): Uint8Array =>
  message({
    1: inputs,
    2: outputs,
    3: name,
    4: op,
    5: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
  });

/** A constant: its values' bytes, little-endian. */
export const tensorMessage = (
  name: string,
  type: OnnxType,
  shape: readonly number[],
  bytes: Uint8Array,
): Uint8Array => message({ 1: shape, 2: TYPES[type], 8: name, 9: bytes });

const dimension = (size: number): Uint8Array => message(size === FREE ? { 2: 'batch' } : { 1: size });

export interface OnnxValue {
  readonly name: string;
  readonly type: OnnxType;
  readonly shape: readonly number[];
}

const valueMessage = ({ name, type, shape }: OnnxValue): Uint8Array => {
  const sizes = message({ 1: shape.map(dimension) });
  return message({ 1: name, 2: message({ 1: message({ 1: TYPES[type], 2: sizes }) }) });
};

export interface OnnxGraphParts {
  readonly name: string;
  readonly nodes: readonly Uint8Array[];
  readonly constants: readonly Uint8Array[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

export const graphMessage = ({ name, nodes, constants, inputs, outputs }: OnnxGraphParts): Uint8Array =>
  message({
    1: nodes,
    2: name,
    5: constants,
    11: inputs.map(valueMessage),
    12: outputs.map(valueMessage),
  });

/** The set of operators, of 2022, and the file format that came with it. */
export const OPSET = 18;
const FORMAT = 8;

/** A whole file. `told` is what it says of itself, texts by name. */
export const modelMessage = (graph: Uint8Array, told: Readonly<Record<string, string>>): Uint8Array => {
  const entries: Content = Object.entries(told).map(([key, value]) => message({ 1: key, 2: value }));
  return message({
    1: FORMAT,
    2: 'understory',
    7: graph,
    8: message({ 1: '', 2: OPSET }),
    14: entries,
  });
};

export const typeNumber = (type: OnnxType): number => TYPES[type];
