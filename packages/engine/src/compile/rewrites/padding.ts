import type { GraphBuilder, Value } from '../graph/graphBuilder.ts';
import { TF } from '../graph/native.ts';

/** The numbers of an int32 value that is constant; null for any other. */
export const numbersIn = (value: Value | undefined, builder: GraphBuilder): number[] | null => {
  const bytes = value?.dtype === TF.int32 ? builder.evaluate(value) : null;
  return bytes && [...new Int32Array(bytes)];
};

/** What is in a frame of zeros, and how wide the frame is: [top, bottom, left, right]. */
export interface Padded {
  readonly inside: Value;
  readonly frame: readonly [number, number, number, number];
}

/** Looks through the zeros that were put around images [n, h, w, c]; null where there are none. */
export const paddedImages = ({ node, index }: Value, builder: GraphBuilder): Padded | null => {
  if (node.op !== 'PadV2' || index !== 0) return null;
  const [inside, paddings, filling] = node.inputs;
  const amounts = inside?.shape?.length === 4 ? numbersIn(paddings, builder) : null;
  if (!amounts || [0, 1, 6, 7].some((i) => amounts[i] !== 0) || !isZero(filling!, builder)) return null;
  return { inside: inside!, frame: [amounts[2]!, amounts[3]!, amounts[4]!, amounts[5]!] };
};

const isZero = (value: Value, builder: GraphBuilder): boolean => {
  const bytes = builder.evaluate(value);
  return bytes !== null && new Uint8Array(bytes).every((byte) => byte === 0);
};
