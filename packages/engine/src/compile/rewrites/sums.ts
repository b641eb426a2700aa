import { TF } from '../graph/native.ts';
import { elementsIn, shapeOf } from '../graph/value.ts';
import type { Rewrite } from '../trace/recorder.ts';
import { numbersIn } from './padding.ts';

/** Fewer numbers than these are summed over rows by TensorFlow as fast. */
const FEWEST = 2 ** 18;

/** Sums over all axes but the last, as biases have their gradients, by the addon's kernel (`native/sums.h`). */
export const columnSum: Rewrite = ({ op, inputs, attributes }, builder) => {
  const [x, axes] = inputs;
  if (op !== 'Sum' || x?.dtype !== TF.float32 || !x.shape) return undefined;
  const shape = shapeOf(x);
  const summed = [...(numbersIn(axes, builder) ?? [])].sort((a, b) => a - b);
  const isKept = attributes.some(({ name, value }) => name === 'keep_dims' && value === true);
  const isColumns = summed.length === shape.length - 1 && summed.every((axis, i) => axis === i);
  const isLarge = shape.every((size) => size > 0) && elementsIn(shape) >= FEWEST;
  if (isKept || shape.length < 2 || !isColumns || !isLarge) return undefined;
  return builder.add('UnderstoryColumnSum', [x], [], { shapes: [shape.slice(-1)] }).outputs;
};

/** Sums of all squares, as a gradient's norm is made of, which go through memory once and write nothing. */
export const squareSum: Rewrite = ({ op, inputs, attributes }, builder) => {
  const [squares, axes] = inputs;
  if (op !== 'Sum' || squares?.node.op !== 'Square' || squares.dtype !== TF.float32) return undefined;
  const isKept = attributes.some(({ name, value }) => name === 'keep_dims' && value === true);
  const isWhole = new Set(numbersIn(axes, builder) ?? []).size === shapeOf(squares).length;
  if (isKept || !isWhole) return undefined;
  return builder.add('UnderstorySquareSum', squares.node.inputs, [], { shapes: [[]] }).outputs;
};
