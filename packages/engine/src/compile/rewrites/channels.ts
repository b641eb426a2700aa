import { attribute, type GraphBuilder, type Value } from '../graph/graphBuilder.ts';
import { TF } from '../graph/native.ts';

const made = new WeakMap<Value, Value>();

/** With zeros up to so many along an axis; the same for all who ask for it. */
export const widened = (value: Value, axis: number, builder: GraphBuilder, length: number): Value => {
  const shape = value.shape!;
  if (shape[axis] === length) return value;
  const known = made.get(value);
  if (known) return known;
  const amounts = Int32Array.from({ length: 2 * shape.length }, (_, i) =>
    i === 2 * axis + 1 ? length - shape[axis]! : 0,
  );
  const paddings = builder.constant({ dtype: TF.int32, shape: [shape.length, 2], data: amounts });
  const zero = builder.constant({ dtype: value.dtype, shape: [], data: Float32Array.of(0) });
  const types = [attribute.type('T', value.dtype), attribute.type('Tpaddings', TF.int32)];
  const wide = builder.value('PadV2', [value, paddings, zero], types);
  made.set(value, wide);
  return wide;
};

/** The part of a value, from its beginning, that has this shape. */
export const firstOf = (value: Value, shape: readonly number[], builder: GraphBuilder): Value => {
  const numbers = (data: Int32Array): Value =>
    builder.constant({ dtype: TF.int32, shape: [data.length], data });
  const begin = numbers(new Int32Array(shape.length));
  const types = [attribute.type('T', value.dtype), attribute.type('Index', TF.int32)];
  return builder.value('Slice', [value, begin, numbers(Int32Array.from(shape))], types);
};
