import { attribute, type GraphBuilder, type Value } from '../graphBuilder.ts';
import { TF, type Attribute } from '../native.ts';
import type { Call, Rewrite } from '../recorder.ts';
import { listOf, sameList, textOf } from './attributes.ts';
import { numbersIn, paddedImages } from './padding.ts';

/** Channels on each side that the addon's kernels take: multiples of this, and no fewer than this. */
const LANES = 8;
const FEWEST = 16;

type Shape = readonly number[];

/** A convolution as the addon's kernels know it: 3×3, one pixel of padding. */
interface Plain {
  readonly stride: 1 | 2;
  /** The images without their padding. */
  readonly x: Value;
}

/**
 * 3×3 convolutions of stride 1 and 2 with one pixel of padding, and their gradients, by Winograd's minimal filtering:
 * a quarter of the multiplications, or a good half of them (`native/winograd.h`). Padding may also be an op of its own.
 */
export const convolution3x3: Rewrite = (call, builder) => {
  if (call.inputs.some(({ dtype }) => dtype !== TF.float32 && dtype !== TF.int32)) return undefined;
  if (call.op === 'Conv2D') return forward(call, builder);
  if (call.op === 'Conv2DBackpropFilter') return filterGradient(call, builder);
  if (call.op === 'Conv2DBackpropInput') return inputGradient(call, builder);
  return call.op === 'Slice' ? paddedInputGradient(call, builder) : undefined;
};

const forward = ({ inputs: [x, filter], attributes }: Call, builder: GraphBuilder): Value[] | undefined => {
  const plain = isWide(filter!.shape) ? plainOf(x!, attributes, builder) : null;
  if (!plain) return undefined;
  const [n, h, w] = plain.x.shape as [number, number, number];
  const shape = [n, Math.ceil(h / plain.stride), Math.ceil(w / plain.stride), filter!.shape![3]!];
  return [
    add(builder, {
      op: 'UnderstoryConv3x3',
      inputs: [plain.x, filter!],
      shape,
      numbers: { stride: plain.stride },
    }),
  ];
};

const filterGradient = (
  { inputs: [x, sizes, dy], attributes }: Call,
  builder: GraphBuilder,
): Value[] | undefined => {
  const shape = numbersIn(sizes, builder);
  const plain = isWide(shape) ? plainOf(x!, attributes, builder) : null;
  if (!plain) return undefined;
  return [
    add(builder, {
      op: 'UnderstoryConv3x3FilterGrad',
      inputs: [plain.x, dy!],
      shape: shape!,
      numbers: { stride: plain.stride },
    }),
  ];
};

const inputGradient = (
  { inputs: [sizes, filter, dy], attributes }: Call,
  builder: GraphBuilder,
): Value[] | undefined => {
  const stride = strideOf(attributes);
  const shape = numbersIn(sizes, builder);
  if (!isWide(filter!.shape) || stride === null || !shape || !isPadded(attributes, stride)) return undefined;
  return [inputGradientOf(builder, dy!, filter!, [shape, stride])];
};

/** The gradient of padded images, without the part that belongs to the padding. */
const paddedInputGradient = (
  { inputs: [whole, begin, size] }: Call,
  builder: GraphBuilder,
): Value[] | undefined => {
  const { op, inputs, attributes } = whole!.node;
  if (op !== 'Conv2DBackpropInput' || textOf(attributes, 'padding') !== 'VALID') return undefined;
  const [, filter, dy] = inputs;
  const stride = strideOf(attributes);
  const shape = numbersIn(size, builder)?.map((n, i) =>
    n < 0 ? whole!.shape![i]! - numbersIn(begin, builder)![i]! : n,
  );
  const cut = sameList(numbersIn(begin, builder) ?? [], [0, 1, 1, 0]);
  const framed = shape && sameList(whole!.shape ?? [], [shape[0], shape[1]! + 2, shape[2]! + 2, shape[3]]);
  if (!cut || !framed || stride === null || !isWide(filter!.shape)) return undefined;
  return [inputGradientOf(builder, dy!, filter!, [shape, stride])];
};

const inputGradientOf = (
  builder: GraphBuilder,
  dy: Value,
  filter: Value,
  [shape, stride]: [Shape, number],
): Value => {
  const numbers = { stride, height: shape[1]!, width: shape[2]! };
  return add(builder, { op: 'UnderstoryConv3x3InputGrad', inputs: [dy, filter], shape, numbers });
};

/** One of the addon's ops, whose shape the graph cannot infer. */
interface Own {
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly shape: Shape;
  readonly numbers: Readonly<Record<string, number>>;
}
const add = (builder: GraphBuilder, { op, inputs, shape, numbers }: Own): Value => {
  const attributes = Object.entries(numbers).map(([name, value]) => attribute.int(name, value));
  return builder.value(op, inputs, attributes, { shapes: [shape] });
};

const plainOf = (x: Value, attributes: readonly Attribute[], builder: GraphBuilder): Plain | null => {
  const stride = strideOf(attributes);
  if (stride === null) return null;
  if (isPadded(attributes, stride)) return { stride, x };
  const padded = textOf(attributes, 'padding') === 'VALID' ? paddedImages(x, builder) : null;
  return padded && sameList(padded.frame, [1, 1, 1, 1]) ? { stride, x: padded.inside } : null;
};

const strideOf = (attributes: readonly Attribute[]): 1 | 2 | null => {
  const fits =
    textOf(attributes, 'data_format') !== 'NCHW' && sameList(listOf(attributes, 'dilations'), [1, 1, 1, 1]);
  const strides = listOf(attributes, 'strides');
  if (fits && sameList(strides, [1, 1, 1, 1])) return 1;
  return fits && sameList(strides, [1, 2, 2, 1]) ? 2 : null;
};

/** Whether the op itself pads by one pixel. At stride 2 `SAME` may pad on one side alone. */
const isPadded = (attributes: readonly Attribute[], stride: number): boolean => {
  const padding = textOf(attributes, 'padding');
  const explicit = sameList(listOf(attributes, 'explicit_paddings'), [0, 0, 1, 1, 1, 1, 0, 0]);
  return (padding === 'SAME' && stride === 1) || (padding === 'EXPLICIT' && explicit);
};

/** Whether a filter [3, 3, inputs, outputs] has channels that the kernels take. */
const isWide = (shape: Shape | null): boolean =>
  shape !== null &&
  sameList(shape.slice(0, 2), [3, 3]) &&
  shape.slice(2).every((channels) => channels >= FEWEST && channels % LANES === 0);
