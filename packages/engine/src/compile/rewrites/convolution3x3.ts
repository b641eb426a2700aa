import type { GraphBuilder, Value } from '../graphBuilder.ts';
import { TF, type Attribute } from '../native.ts';
import type { Rewrite } from '../recorder.ts';
import { listOf, sameList, textOf } from './attributes.ts';

/** Channels on each side that the addon's kernels take: multiples of this, and no fewer than this. */
const LANES = 8;
const FEWEST = 16;

/** For each op of TensorFlow's: ours, the inputs that it takes, and where the filter's shape is found. */
const OPS: Readonly<
  Record<
    string,
    { readonly op: string; readonly takes: readonly [number, number]; readonly filter: FilterShape }
  >
> = {
  Conv2D: { op: 'UnderstoryConv3x3', takes: [0, 1], filter: (inputs) => inputs[1]!.shape },
  Conv2DBackpropInput: {
    op: 'UnderstoryConv3x3InputGrad',
    takes: [2, 1],
    filter: (inputs) => inputs[1]!.shape,
  },
  Conv2DBackpropFilter: {
    op: 'UnderstoryConv3x3FilterGrad',
    takes: [0, 2],
    filter: ([, sizes], builder) => numbersIn(sizes!, builder),
  },
};
type FilterShape = (inputs: readonly Value[], builder: GraphBuilder) => readonly number[] | null;

/**
 * 3×3 convolutions of stride 1 with one pixel of padding, and their gradients, by Winograd's minimal filtering: a
 * quarter of the multiplications (`native/winograd.h`).
 */
export const convolution3x3: Rewrite = ({ op, inputs, attributes }, builder) => {
  const ours = OPS[op];
  if (!ours || !isPlain(attributes) || inputs[ours.takes[0]]?.dtype !== TF.float32) return undefined;
  const [height, width, from, to] = ours.filter(inputs, builder) ?? [];
  if (height !== 3 || width !== 3 || !isWide(from) || !isWide(to)) return undefined;
  return [
    builder.value(
      ours.op,
      ours.takes.map((index) => inputs[index]!),
      [],
    ),
  ];
};

const isWide = (channels: number | undefined): boolean =>
  channels !== undefined && channels >= FEWEST && channels % LANES === 0;

const isPlain = (attributes: readonly Attribute[]): boolean => {
  const ones = [1, 1, 1, 1];
  const padding = textOf(attributes, 'padding');
  const onePixel =
    padding === 'EXPLICIT' && sameList(listOf(attributes, 'explicit_paddings'), [0, 0, ...ones, 0, 0]);
  return (
    textOf(attributes, 'data_format') !== 'NCHW' &&
    sameList(listOf(attributes, 'strides'), ones) &&
    sameList(listOf(attributes, 'dilations'), ones) &&
    (padding === 'SAME' || onePixel)
  );
};

const numbersIn = (value: Value, builder: GraphBuilder): number[] | null => {
  const bytes = value.dtype === TF.int32 ? builder.evaluate(value) : null;
  return bytes && [...new Int32Array(bytes)];
};
