import { attribute, sameList } from '../graph/attributes.ts';
import type { GraphBuilder } from '../graph/graphBuilder.ts';
import { TF } from '../graph/native.ts';
import { inputAt, shapeOf, type Value } from '../graph/value.ts';

/** The numbers of an int32 value that is constant; null for any other. */
export const numbersIn = (value: Value | undefined, builder: GraphBuilder): number[] | null => {
  const bytes = value?.dtype === TF.int32 ? builder.evaluate(value) : null;
  return bytes && [...new Int32Array(bytes)];
};

/** What is in a frame of zeros, and how wide the frame is: [top, bottom, left, right]. */
export interface Padded {
  readonly inside: Value;
  readonly frame: readonly number[];
}

/** Looks through the zeros that were put around images [n, h, w, c]; null where there are none. */
export const paddedImages = ({ node, index }: Value, builder: GraphBuilder): Padded | null => {
  if (node.op !== 'PadV2' || index !== 0 || !isZero(inputAt(node, 2), builder)) return null;
  const inside = inputAt(node, 0);
  const amounts = inside.shape?.length === 4 ? numbersIn(inputAt(node, 1), builder) : null;
  const around = [...(amounts?.slice(0, 2) ?? []), ...(amounts?.slice(6) ?? [])];
  return amounts && sameList(around, [0, 0, 0, 0]) ? { inside, frame: amounts.slice(2, 6) } : null;
};

const isZero = (value: Value, builder: GraphBuilder): boolean => {
  const bytes = builder.evaluate(value);
  return bytes !== null && new Uint8Array(bytes).every((byte) => byte === 0);
};

/** With zeros up to so many along an axis; the same for all who ask for it in one graph. */
export const widened = (value: Value, axis: number, builder: GraphBuilder, length: number): Value => {
  const shape = shapeOf(value);
  const missing = length - (shape[axis] ?? 0);
  if (missing === 0) return value;
  return builder.shared(`widened ${value.id} ${axis} ${length}`, () => {
    const amounts = new Int32Array(2 * shape.length);
    amounts[2 * axis + 1] = missing;
    const paddings = builder.constant({ dtype: TF.int32, shape: [shape.length, 2], data: amounts });
    const zero = builder.constant({ dtype: value.dtype, shape: [], data: Float32Array.of(0) });
    const types = [attribute.type('T', value.dtype), attribute.type('Tpaddings', TF.int32)];
    return builder.value('PadV2', [value, paddings, zero], types);
  });
};

/** The part of a value, from its beginning, that has this shape. */
export const firstOf = (value: Value, shape: readonly number[], builder: GraphBuilder): Value => {
  const numbers = (data: Int32Array): Value =>
    builder.constant({ dtype: TF.int32, shape: [data.length], data });
  const begin = numbers(new Int32Array(shape.length));
  const types = [attribute.type('T', value.dtype), attribute.type('Index', TF.int32)];
  return builder.value('Slice', [value, begin, numbers(Int32Array.from(shape))], types);
};
