import { sameList } from '../graph/attributes.ts';
import type { GraphBuilder } from '../graph/graphBuilder.ts';
import type { Attribute } from '../graph/native.ts';
import { contentOf, inputAt, type Value } from '../graph/value.ts';
import type { Call, Rewrite } from '../trace/recorder.ts';
import { numbersIn } from './padding.ts';

/** Casts to the same type, reshapes to the same shape, axes in their own order and products with ones, which tfjs brings along, are nothing. */
export const identity: Rewrite = (call, builder) => {
  const kept = keptBy(call, builder);
  return kept && [kept];
};

const keptBy = ({ op, inputs, attributes }: Call, builder: GraphBuilder): Value | undefined => {
  const [x, y] = inputs;
  if (op === 'Cast') return has(attributes, 'DstT', x?.dtype) ? x : undefined;
  if (op === 'Reshape') return sameList(numbersIn(y, builder) ?? [-1], x?.shape ?? []) ? x : undefined;
  if (op === 'Transpose') return numbersIn(y, builder)?.every((axis, i) => axis === i) ? x : undefined;
  if (op !== 'Mul' || !x || !y || !sameList(x.shape ?? [-1], y.shape ?? [])) return undefined;
  if (isOnes(y)) return x;
  return isOnes(x) ? y : undefined;
};

const has = (attributes: readonly Attribute[], name: string, wanted: unknown): boolean =>
  attributes.some((one) => one.name === name && one.value === wanted);

const isOnes = ({ node }: Value): boolean => {
  if (node.op === 'Fill') return isOnes(inputAt(node, 1));
  const data = contentOf(node)?.data;
  return data instanceof Float32Array && data.every((number) => number === 1);
};

const FILL: Readonly<Record<string, number>> = { ZerosLike: 0, OnesLike: 1 };

/** `zerosLike` and `onesLike` need their tensor's shape alone: so the value that an optimizer's slot begins with is a constant. */
export const filledLike: Rewrite = ({ op, inputs }, builder) => {
  const number = FILL[op];
  const like = inputs[0];
  if (number === undefined || !like?.shape || !like.shape.every((size) => size >= 0)) return undefined;
  const filled = builder.filled(like.dtype, like.shape, number);
  return filled ? [filled] : undefined;
};
