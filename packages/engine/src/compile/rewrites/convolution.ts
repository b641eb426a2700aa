import { attribute, listOf, sameList, textOf } from '../graph/attributes.ts';
import type { GraphBuilder } from '../graph/graphBuilder.ts';
import { TF, type Attribute } from '../graph/native.ts';
import { addConvolution, plainConvolution, type OwnConvolution } from '../graph/ownConvolution.ts';
import { addDepthwise } from '../graph/ownDepthwise.ts';
import { inputAt, outputAt, type Value } from '../graph/value.ts';
import type { Call, Rewrite } from '../trace/recorder.ts';
import { FAMILIES, shapeIn, type Family, type Shape } from './families.ts';
import { numbersIn, paddedImages } from './padding.ts';

/** A convolution as the addon's kernels know it: of stride 1 or 2, padded by half the filter on each side. */
interface Plain {
  readonly stride: number;
  /** The images without their padding. */
  readonly x: Value;
}

/**
 * Convolutions 3×3 and 1×1, of images also 5×5 and 7×7, depthwise ones, and their gradients by the addon's kernels
 * (`native/convolution.h`, `native/depthwise.h`). Padding may also be an op of its own.
 */
export const convolution: Rewrite = (call, builder) => {
  const { op, inputs } = call;
  if (inputs.some(({ dtype }) => dtype !== TF.float32 && dtype !== TF.int32)) return undefined;
  const whole = op === 'Slice' ? inputAt(call, 0) : undefined;
  for (const family of FAMILIES) {
    if (op === family.op) return forward(call, builder, family);
    if (op === `${family.op}BackpropFilter`) return filterGradient(call, builder, family);
    if (op === `${family.op}BackpropInput`) return inputGradient(call, builder, family);
    if (whole?.node.op === `${family.op}BackpropInput`) return paddedInputGradient(call, builder, family);
  }
  return undefined;
};

const forward = (call: Call, builder: GraphBuilder, family: Family): Value[] | undefined => {
  const [x, filter] = [inputAt(call, 0), inputAt(call, 1)];
  const sizes = shapeIn(filter.shape);
  const plain = sizes && family.takes(sizes) && plainOf({ x, size: sizes[0] }, call.attributes, builder);
  const images = plain ? shapeIn(plain.x.shape) : null;
  if (!plain || !images) return undefined;
  const { stride } = plain;
  const shape = resultOf(images, sizes, stride, family);
  return [add(builder, family, { kind: '', inputs: [plain.x, filter], shape, stride })];
};

/** What a convolution of images gives that is padded by half its filter. */
const resultOf = ([n, h, w, inputs]: Shape, filter: Shape, stride: number, { depthwise }: Family): Shape => [
  n,
  Math.ceil(h / stride),
  Math.ceil(w / stride),
  depthwise ? inputs : filter[3],
];

const filterGradient = (call: Call, builder: GraphBuilder, family: Family): Value[] | undefined => {
  const [x, dy] = [inputAt(call, 0), inputAt(call, 2)];
  const shape = shapeIn(numbersIn(inputAt(call, 1), builder));
  const plain = shape && family.takes(shape) && plainOf({ x, size: shape[0] }, call.attributes, builder);
  if (!plain) return undefined;
  return [add(builder, family, { kind: 'FilterGrad', inputs: [plain.x, dy], shape, stride: plain.stride })];
};

const inputGradient = (call: Call, builder: GraphBuilder, family: Family): Value[] | undefined => {
  const [filter, dy] = [inputAt(call, 1), inputAt(call, 2)];
  const stride = strideOf(call.attributes);
  const shape = shapeIn(numbersIn(inputAt(call, 0), builder));
  const sizes = shapeIn(filter.shape);
  if (!sizes || !family.takesBack(sizes) || stride === null || !shape) return undefined;
  if (!isPadded(call.attributes, stride, sizes[0])) return undefined;
  return addInputGradient({ inputs: [dy, filter], shape, stride }, sizes, builder, family);
};

/** The gradient of padded images, without the part that belongs to the padding. */
const paddedInputGradient = (call: Call, builder: GraphBuilder, family: Family): Value[] | undefined => {
  const whole = inputAt(call, 0);
  const [filter, dy] = [inputAt(whole.node, 1), inputAt(whole.node, 2)];
  const { attributes } = whole.node;
  const stride = textOf(attributes, 'padding') === 'VALID' ? strideOf(attributes) : null;
  const sizes = shapeIn(filter.shape);
  const shape = whole.shape && partOf(call, whole.shape, builder);
  if (!sizes || !family.takesBack(sizes) || stride === null || !shape) return undefined;
  const margin = half(sizes[0]);
  const cut = sameList(numbersIn(inputAt(call, 1), builder) ?? [], [0, margin, margin, 0]);
  const framed = [shape[0], shape[1] + 2 * margin, shape[2] + 2 * margin, shape[3]];
  if (!cut || !sameList(whole.shape, framed)) return undefined;
  return addInputGradient({ inputs: [dy, filter], shape, stride }, sizes, builder, family);
};

/** Only where images of this shape give a result as large as its gradient: a transposed convolution may be told any shape. */
const addInputGradient = (
  own: Omit<Own, 'kind'>,
  filter: Shape,
  builder: GraphBuilder,
  family: Family,
): Value[] | undefined => {
  const { inputs, shape, stride } = own;
  const result = resultOf(shape, filter, stride, family);
  return sameList(inputs[0].shape ?? [], result)
    ? [add(builder, family, { kind: 'InputGrad', ...own })]
    : undefined;
};

/** What a slice takes of its input: a size of −1 means all the rest. */
const partOf = (slice: Call, whole: readonly number[], builder: GraphBuilder): Shape | null => {
  const begin = numbersIn(inputAt(slice, 1), builder);
  const size = numbersIn(inputAt(slice, 2), builder);
  return shapeIn(begin && size?.map((n, i) => (n < 0 ? (whole[i] ?? 0) - (begin[i] ?? 0) : n)));
};

/** One of the addon's ops, whose shape the graph cannot infer. */
interface Own {
  readonly kind: '' | 'InputGrad' | 'FilterGrad';
  readonly inputs: readonly [images: Value, other: Value];
  readonly shape: Shape;
  readonly stride: number;
}

const add = (builder: GraphBuilder, family: Family, own: Own): Value => {
  const { kind, inputs, shape, stride } = own;
  if (!family.depthwise) return outputAt(addConvolution(builder, convolutionFrom(own)), 0);
  const [images, filter] = inputs;
  if (kind === '') return addDepthwise(builder, { stride, images, filter, norm: null, ceiling: 0, shape });
  const numbers = { stride, height: shape[1], width: shape[2], size: shape[0], norms: 0, relus: 0 };
  const attributes = Object.entries(numbers).map(([name, value]) => attribute.int(name, value));
  const shapes = kind === 'InputGrad' ? [shape, [0]] : [shape];
  return builder.value(`UnderstoryDepthwise${kind}`, inputs, attributes, { shapes });
};

const convolutionFrom = ({ kind, inputs: [images, other], shape, stride }: Own): OwnConvolution => {
  const parts = { op: `UnderstoryConv${kind}`, stride, maps: [images] } as const;
  return kind === 'FilterGrad'
    ? plainConvolution({ ...parts, dys: [other], shapes: [shape, [0]] })
    : plainConvolution({ ...parts, filter: other, shapes: [shape] });
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

/** Whether the op itself pads by half the filter. At stride 2 `SAME` may pad a filter wider than 1 on one side alone. */
const isPadded = (attributes: readonly Attribute[], stride: number, size: number): boolean => {
  const padding = textOf(attributes, 'padding');
  const margin = half(size);
  const frame = [0, 0, margin, margin, margin, margin, 0, 0];
  if (padding === 'EXPLICIT') return sameList(listOf(attributes, 'explicit_paddings'), frame);
  return size === 1 || (padding === 'SAME' && stride === 1);
};
