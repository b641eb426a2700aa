import { gather, tensor1d, type Tensor } from '@tensorflow/tfjs-core';

/** How a stacked batch is dealt into parts. */
export interface MicroBatchOrder {
  /** Rows [start, count] of each part in the dealt order. */
  readonly ranges: readonly (readonly [start: number, count: number])[];
  /** From the stacked order to the dealt one, by rows. */
  readonly forth: <T extends Tensor>(x: T) => T;
  readonly back: <T extends Tensor>(x: T) => T;
}

/** The i-th of n nearly equal parts of `count` rows: [from, to). */
const share = (count: number, i: number, n: number): readonly [number, number] => [
  Math.floor((count * i) / n),
  Math.floor((count * (i + 1)) / n),
];

/**
 * Deals blocks of rows (a stream's view each) into `parts`, so that every part holds the same images in all views and the
 * streams in the batch's proportion. Parts that would be empty are left out.
 */
export const microBatchOrder = (blocks: readonly number[], parts: number): MicroBatchOrder => {
  const starts = blocks.map((_, b) => blocks.slice(0, b).reduce((a, c) => a + c, 0));
  const dealt = Array.from({ length: parts }, (_, i) =>
    blocks.flatMap((count, b) => {
      const [from, to] = share(count, i, parts);
      return Array.from({ length: to - from }, (_unused, r) => starts[b]! + from + r);
    }),
  ).filter((rows) => rows.length > 0);
  const order = dealt.flat();
  const inverse = [...order.keys()].sort((a, b) => order[a]! - order[b]!);
  let start = 0;
  const ranges = dealt.map((rows) => {
    const range = [start, rows.length] as const;
    start += rows.length;
    return range;
  });
  const moved = order.some((row, i) => row !== i);
  const by =
    (rows: readonly number[]) =>
    <T extends Tensor>(x: T): T =>
      moved ? gather(x, tensor1d([...rows], 'int32')) : x;
  return { ranges, forth: by(order), back: by(inverse) };
};
