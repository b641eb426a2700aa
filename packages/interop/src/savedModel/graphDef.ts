import { UnderstoryError, type NdArray, type RecordedGraph, type RecordedNode } from '@understory/core';
import { float, message, type Content } from '@understory/core/protobuf';
import { eightBits, isLarge, type WeightType } from '../graph/eightBits.ts';
import { halves } from '../graph/halves.ts';
import { layerWeights } from '../graph/layerWeights.ts';

/** TensorFlow's numbers of types: types.proto. */
export const TYPES = { float32: 1, int32: 3, uint8: 4, int8: 6, bool: 10, float16: 19 } as const;

/** Names of types in the JSON form of attributes. */
const NAMED: Readonly<Record<string, number>> = {
  DT_FLOAT: TYPES.float32,
  DT_INT32: TYPES.int32,
  DT_UINT8: TYPES.uint8,
  DT_BOOL: TYPES.bool,
};

const typeNumber = (name: string): number => {
  const known = NAMED[name];
  if (known !== undefined) return known;
  throw new UnderstoryError(
    'export',
    `The network holds numbers of type ${name}, which no SavedModel from here has.`,
  );
};

/** TensorShapeProto; −1 is any size. */
export const shapeMessage = (shape: readonly number[]): Uint8Array =>
  message({ 2: shape.map((size) => message({ 1: size })) });

interface ListJson {
  readonly i?: readonly string[];
  readonly s?: readonly string[];
  readonly f?: readonly number[];
  readonly b?: readonly boolean[];
  readonly type?: readonly string[];
}

interface AttributeJson {
  readonly s?: string;
  readonly i?: string;
  readonly f?: number;
  readonly b?: boolean;
  readonly type?: string;
  readonly shape?: { readonly dim: readonly { readonly size: string }[] };
  readonly list?: ListJson;
}

const bytesOfText = (text: string): Uint8Array => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

const listMessage = ({ s, i, f, b, type }: ListJson): Uint8Array =>
  message({
    2: s?.map(bytesOfText),
    3: i?.map(Number),
    4: f?.map(float),
    5: b,
    6: type?.map(typeNumber),
  });

/** AttrValue of its JSON form. */
const attributeMessage = ({ s, i, f, b, type, shape, list }: AttributeJson): Uint8Array =>
  message({
    1: list && listMessage(list),
    2: s === undefined ? undefined : bytesOfText(s),
    3: i === undefined ? undefined : Number(i),
    4: f === undefined ? undefined : float(f),
    5: b,
    6: type === undefined ? undefined : typeNumber(type),
    7: shape && shapeMessage(shape.dim.map(({ size }) => Number(size))),
  });

type Attributes = Readonly<Record<string, Uint8Array>>;

interface NodeParts {
  readonly name: string;
  readonly op: string;
  readonly inputs?: readonly string[];
  readonly attributes: Attributes;
}

const nodeMessage = ({ name, op, inputs = [], attributes }: NodeParts): Uint8Array => {
  const entries: Content = Object.entries(attributes).map(([key, value]) => message({ 1: key, 2: value }));
  return message({ 1: name, 2: op, 3: inputs, 5: entries });
};

const ofType = (type: keyof typeof TYPES): Uint8Array => message({ 6: TYPES[type] });

/** A constant of a type by its values' bytes. */
const constant = (
  name: string,
  type: keyof typeof TYPES,
  shape: readonly number[],
  { buffer, byteOffset, byteLength }: ArrayBufferView,
): Uint8Array => {
  const content = new Uint8Array(buffer, byteOffset, byteLength);
  const tensor = message({ 1: TYPES[type], 2: shapeMessage(shape), 4: content });
  return nodeMessage({
    name,
    op: 'Const',
    attributes: { dtype: ofType(type), value: message({ 8: tensor }) },
  });
};

const cast = (name: string, from: string, type: 'float16' | 'int8'): Uint8Array =>
  nodeMessage({
    name,
    op: 'Cast',
    inputs: [from],
    attributes: { SrcT: ofType(type), DstT: ofType('float32') },
  });

const inHalves = (name: string, { shape, data }: NdArray): Uint8Array[] => [
  constant(`${name}/halves`, 'float16', shape, halves(data)),
  cast(name, `${name}/halves`, 'float16'),
];

/** A scale for each output channel: those of a depthwise filter [h, w, c, m] are c · m. */
const inBytes = (name: string, array: NdArray, user: string): Uint8Array[] => {
  const outputs = array.shape.slice(user === 'DepthwiseConv2dNative' ? -2 : -1);
  const flat = [...array.shape.slice(0, -outputs.length), outputs.reduce((a, b) => a * b, 1)];
  const { numbers, scales } = eightBits({ ...array, shape: flat }, flat.length - 1);
  return [
    constant(`${name}/bytes`, 'int8', array.shape, numbers),
    constant(`${name}/scales`, 'float32', outputs, scales),
    cast(`${name}/numbers`, `${name}/bytes`, 'int8'),
    nodeMessage({
      ...{ name, op: 'Mul', inputs: [`${name}/numbers`, `${name}/scales`] },
      attributes: { T: ofType('float32') },
    }),
  ];
};

/** A constant as it lies in the file; by nodes that make float32 of it where it is a layer's (`user`) and kept in fewer bits. */
const constantNodes = (
  name: string,
  array: NdArray,
  weights: WeightType,
  user: string | undefined,
): Uint8Array[] => {
  const isRounded = weights !== 'float32' && user !== undefined && isLarge(array);
  if (!isRounded) return [constant(name, array.dtype, array.shape, array.data)];
  return weights === 'float16' ? inHalves(name, array) : inBytes(name, array, user);
};

const nodesOf = (
  { name, op, inputs, attributes, content }: RecordedNode,
  weights: WeightType,
  users: ReadonlyMap<string, string>,
): Uint8Array[] => {
  if (content) return constantNodes(name, content, weights, users.get(name));
  const told = Object.entries(attributes).map(([key, value]) => [
    key,
    attributeMessage(value as AttributeJson),
  ]);
  return [nodeMessage({ name, op, inputs, attributes: Object.fromEntries(told) as Attributes })];
};

/** The version of graphs that TensorFlow 2.13 makes: what they mean has not changed since. */
const PRODUCER = 1482;

/** A recorded graph as TensorFlow's GraphDef. */
export const graphDef = ({ nodes }: RecordedGraph, weights: WeightType): Uint8Array => {
  const users = layerWeights(nodes);
  return message({ 1: nodes.flatMap((node) => nodesOf(node, weights, users)), 4: message({ 1: PRODUCER }) });
};
