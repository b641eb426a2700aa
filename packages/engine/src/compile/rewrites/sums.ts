import { isSet } from '../graph/attributes.ts';
import type { GraphBuilder } from '../graph/graphBuilder.ts';
import { TF } from '../graph/native.ts';
import { elementsIn, shapeOf } from '../graph/value.ts';
import type { Call, Rewrite } from '../trace/recorder.ts';
import { numbersIn } from './padding.ts';

/** Fewer numbers than these are summed over rows by TensorFlow as fast. */
const FEWEST = 2 ** 18;

/** The axes that a call or a node sums over, in order; undefined where it is no sum, or keeps them. */
export const summedAxes = (
  { op, inputs, attributes }: Call,
  builder: GraphBuilder,
): readonly number[] | undefined =>
  op === 'Sum' && !isSet(attributes, 'keep_dims')
    ? [...(numbersIn(inputs[1], builder) ?? [])].sort((a, b) => a - b)
    : undefined;

/** Sums over all axes but the last, as biases have their gradients, by the addon's kernel (`native/sums.h`). */
export const columnSum: Rewrite = (call, builder) => {
  const axes = summedAxes(call, builder);
  const [x] = call.inputs;
  if (!axes || x?.dtype !== TF.float32 || !x.shape) return undefined;
  const shape = shapeOf(x);
  const isColumns = axes.length === shape.length - 1 && axes.every((axis, i) => axis === i);
  const isLarge = shape.every((size) => size > 0) && elementsIn(shape) >= FEWEST;
  if (shape.length < 2 || !isColumns || !isLarge) return undefined;
  return builder.add('UnderstoryColumnSum', [x], [], { shapes: [shape.slice(-1)] }).outputs;
};

/** Sums of all squares, as a gradient's norm is made of, which go through memory once and write nothing. */
export const squareSum: Rewrite = (call, builder) => {
  const axes = summedAxes(call, builder);
  const [squares] = call.inputs;
  if (!axes || squares?.node.op !== 'Square' || squares.dtype !== TF.float32) return undefined;
  if (new Set(axes).size !== shapeOf(squares).length) return undefined;
  return builder.add('UnderstorySquareSum', squares.node.inputs, [], { shapes: [[]] }).outputs;
};
