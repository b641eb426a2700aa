import { sameList } from '../graph/attributes.ts';
import type { GraphBuilder } from '../graph/graphBuilder.ts';
import { TF } from '../graph/native.ts';
import { inputAt, type Value } from '../graph/value.ts';

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
