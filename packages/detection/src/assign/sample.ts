import {
  cast,
  concat,
  equal,
  fill,
  gather,
  greater,
  greaterEqual,
  mul,
  pad,
  range,
  sub,
  topk,
  where,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { UnderstoryError, untracked } from '@understory/core';
import { NEGATIVE } from './assign.ts';

export interface SampleOptions {
  /** How many anchors are drawn of each image. */
  readonly count: number;
  /** The largest share of positives among them, rounded down to whole anchors. */
  readonly positives: number;
}

export interface Sampled {
  /** Places of the anchors drawn: [B, count] int32, positives first, by falling key; then negatives; then 0. */
  readonly indices: Tensor;
  /** [B, count] 1, or 0 where there were too few. */
  readonly weights: Tensor;
}

interface Drawn {
  /** [B, k] int32 */
  readonly indices: Tensor;
  /** [B, k] bool: false where there were fewer. */
  readonly found: Tensor;
}

/** The `most` anchors of a kind with the largest keys. */
const draw = (of: Tensor, keys: Tensor, most: number): Drawn => {
  const { values, indices } = topk(where(of, keys, fill(keys.shape, -1)), Math.min(most, keys.shape[1]!));
  return { indices, found: greaterEqual(values, 0) };
};

/** What was found first, in order, then what was not, which has an order of 0. */
const order = ({ found }: Drawn, first: number): Tensor => {
  const k = found.shape[1]!;
  return mul(cast(found, 'float32'), sub(first, range(0, k, 1, 'float32'))); // [B, k]
};

/** The first `count` of what was found of each kind, one kind after the other. */
const merge = (kinds: readonly Drawn[], count: number): readonly [indices: Tensor, weights: Tensor] => {
  const ranks = concat(
    kinds.map((kind, i) => order(kind, (kinds.length - i) * count)),
    1,
  ); // [B, k]
  const taken = Math.min(count, ranks.shape[1]!);
  const { values, indices } = topk(ranks, taken); // by falling rank
  const weights = cast(greater(values, 0), 'float32');
  const all = concat(
    kinds.map((kind) => kind.indices),
    1,
  ); // [B, k]
  const places = mul(gather(all, indices, 1, 1), cast(weights, 'int32')); // [B, taken]
  const rest: [number, number][] = [
    [0, 0],
    [0, count - taken],
  ];
  return [cast(pad(places, rest), 'int32'), pad(weights, rest)];
};

const requireKeys = (assigned: Tensor, keys: Tensor): void => {
  if (assigned.rank === 2 && assigned.size > 0 && assigned.shape.join() === keys.shape.join()) return;
  const found = `assigned [${assigned.shape.join(', ')}] and keys [${keys.shape.join(', ')}]`;
  throw new UnderstoryError('bad-shape', `sample: ${found} must be of one shape [B, A].`);
};

/**
 * Draws anchors at random: positives up to their share, then negatives until there are `count`, as far as there are any.
 * `assigned` [B, A] as `assign` gives it, `keys` [B, A] uniform numbers 0 to 1 that decide the draw. No gradient flows through
 * it. Throws `bad-shape`.
 */
export const sample = (assigned: Tensor, keys: Tensor, { count, positives }: SampleOptions): Sampled => {
  requireKeys(assigned, keys);
  const most = Math.floor(count * positives);
  const [indices, weights] = untracked(() => {
    const negative = draw(equal(assigned, NEGATIVE), keys, count);
    const kinds = most > 0 ? [draw(greaterEqual(assigned, 0), keys, most), negative] : [negative];
    return merge(kinds, count);
  });
  return { indices, weights };
};
