import { attribute } from '../graph/attributes.ts';
import type { Value } from '../graph/value.ts';
import type { GraphBuilder } from '../graph/graphBuilder.ts';
import { TF, type Attribute } from '../graph/native.ts';
import type { Call, Rewrite } from '../trace/recorder.ts';
import { listOf, sameList, textOf } from '../graph/attributes.ts';
import { FAMILIES, wideShape, type Family, type Shape } from './families.ts';
import { firstOf, numbersIn, paddedImages, widened } from './padding.ts';

/** A convolution as the addon's kernels know it: of stride 1 or 2, padded by half the filter on each side. */
interface Plain {
  readonly stride: number;
  /** The images without their padding. */
  readonly x: Value;
}

/**
 * Convolutions 3×3 and 1×1, depthwise ones, and their gradients by the addon's kernels (`native/convolution.h`,
 * `native/depthwise.h`). Padding may also be an op of its own.
 */
export const convolution: Rewrite = (call, builder) => {
  if (call.inputs.some(({ dtype }) => dtype !== TF.float32 && dtype !== TF.int32)) return undefined;
  const padded = call.op === 'Slice' ? call.inputs[0]!.node : null;
  for (const family of FAMILIES) {
    if (call.op === family.op) return forward(call, builder, family);
    if (call.op === `${family.op}BackpropFilter`) return filterGradient(call, builder, family);
    if (call.op === `${family.op}BackpropInput`) return inputGradient(call, builder, family);
    if (padded?.op === `${family.op}BackpropInput`) return paddedInputGradient(call, builder, family);
  }
  return undefined;
};

const forward = (
  { inputs: [x, filter], attributes }: Call,
  builder: GraphBuilder,
  family: Family,
): Value[] | undefined => {
  const [size, , inputs, outputs] = filter!.shape!;
  const wide = wideShape(filter!.shape!, family);
  const plain = wide ? plainOf({ x: x!, size: size! }, attributes, builder) : null;
  if (!plain) return undefined;
  const { stride } = plain;
  const [n, h, w] = plain.x.shape as [number, number, number];
  const channels = family.depthwise ? inputs! : outputs!;
  return [
    add(builder, {
      op: family.own,
      inputs: [widened(plain.x, 3, builder, wide![2]!), widened(filter!, 2, builder, wide![2]!)],
      shape: [n, Math.ceil(h / stride), Math.ceil(w / stride), channels],
      numbers: { stride },
    }),
  ];
};

const filterGradient = (
  { inputs: [x, sizes, dy], attributes }: Call,
  builder: GraphBuilder,
  family: Family,
): Value[] | undefined => {
  const shape = numbersIn(sizes, builder);
  const wide = shape && wideShape(shape, family);
  if (!wide) return undefined;
  const [size] = shape as [number];
  const plain = plainOf({ x: x!, size }, attributes, builder);
  if (!plain) return undefined;
  const gradient = add(builder, {
    op: `${family.own}FilterGrad`,
    inputs: [widened(plain.x, 3, builder, wide[2]!), dy!],
    shape: wide,
    numbers: { stride: plain.stride, size },
  });
  return [sameList(wide, shape) ? gradient : firstOf(gradient, shape, builder)];
};

const inputGradient = (
  { inputs: [sizes, filter, dy], attributes }: Call,
  builder: GraphBuilder,
  { own, takes }: Family,
): Value[] | undefined => {
  const stride = strideOf(attributes);
  const shape = numbersIn(sizes, builder);
  if (!takes(filter!.shape!) || stride === null || !shape) return undefined;
  if (!isPadded(attributes, stride, filter!.shape![0]!)) return undefined;
  return [inputGradientOf(builder, [dy!, filter!], { own, shape, stride })];
};

/** The gradient of padded images, without the part that belongs to the padding. */
const paddedInputGradient = (
  { inputs: [whole, begin, size] }: Call,
  builder: GraphBuilder,
  { own, takes }: Family,
): Value[] | undefined => {
  const { inputs, attributes } = whole!.node;
  const [, filter, dy] = inputs;
  const stride = textOf(attributes, 'padding') === 'VALID' ? strideOf(attributes) : null;
  const shape = numbersIn(size, builder)?.map((n, i) =>
    n < 0 ? whole!.shape![i]! - numbersIn(begin, builder)![i]! : n,
  );
  const margin = half(filter!.shape![0]!);
  const cut = sameList(numbersIn(begin, builder) ?? [], [0, margin, margin, 0]);
  const framed =
    shape &&
    sameList(whole!.shape ?? [], [shape[0], shape[1]! + 2 * margin, shape[2]! + 2 * margin, shape[3]]);
  if (!cut || !framed || stride === null || !takes(filter!.shape!)) return undefined;
  return [inputGradientOf(builder, [dy!, filter!], { own, shape, stride })];
};

const inputGradientOf = (
  builder: GraphBuilder,
  inputs: readonly [dy: Value, filter: Value],
  { own, shape, stride }: { readonly own: string; readonly shape: Shape; readonly stride: number },
): Value => {
  const numbers = { stride, height: shape[1]!, width: shape[2]! };
  return add(builder, { op: `${own}InputGrad`, inputs, shape, numbers });
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

const plainOf = (
  { x, size }: { readonly x: Value; readonly size: number },
  attributes: readonly Attribute[],
  builder: GraphBuilder,
): Plain | null => {
  const stride = strideOf(attributes);
  if (stride === null) return null;
  if (isPadded(attributes, stride, size)) return { stride, x };
  const margin = half(size);
  const padded = textOf(attributes, 'padding') === 'VALID' ? paddedImages(x, builder) : null;
  return padded && sameList(padded.frame, [margin, margin, margin, margin])
    ? { stride, x: padded.inside }
    : null;
};

const half = (size: number): number => (size - 1) / 2;

const strideOf = (attributes: readonly Attribute[]): 1 | 2 | null => {
  const fits =
    textOf(attributes, 'data_format') !== 'NCHW' && sameList(listOf(attributes, 'dilations'), [1, 1, 1, 1]);
  const strides = listOf(attributes, 'strides');
  if (fits && sameList(strides, [1, 1, 1, 1])) return 1;
  return fits && sameList(strides, [1, 2, 2, 1]) ? 2 : null;
};

/** Whether the op itself pads by half the filter. At stride 2 `SAME` may pad a filter of more than one tap on one side alone. */
const isPadded = (attributes: readonly Attribute[], stride: number, size: number): boolean => {
  const padding = textOf(attributes, 'padding');
  const margin = half(size);
  const frame = [0, 0, margin, margin, margin, margin, 0, 0];
  if (padding === 'EXPLICIT') return sameList(listOf(attributes, 'explicit_paddings'), frame);
  return size === 1 || (padding === 'SAME' && stride === 1);
};
