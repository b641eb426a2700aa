import { attribute } from '../graphBuilder.ts';
import { TF } from '../native.ts';
import type { Rewrite } from '../recorder.ts';

const FILL: Readonly<Record<string, number>> = { ZerosLike: 0, OnesLike: 1 };

/** `zerosLike` and `onesLike` need their tensor's shape alone: so the value that an optimizer's slot begins with is a constant. */
export const filledLike: Rewrite = ({ op, inputs }, builder) => {
  const number = FILL[op];
  const like = inputs[0];
  if (number === undefined || !like?.shape || !like.shape.every((size) => size >= 0)) return undefined;
  const array = { [TF.float32]: Float32Array, [TF.int32]: Int32Array, [TF.bool]: Uint8Array }[like.dtype];
  if (!array) return undefined;
  const shape = builder.constant({
    dtype: TF.int32,
    shape: [like.shape.length],
    data: Int32Array.from(like.shape),
  });
  const value = builder.constant({ dtype: like.dtype, shape: [], data: array.of(number) });
  const attributes = [attribute.type('T', like.dtype), attribute.type('index_type', TF.int32)];
  return [builder.value('Fill', [shape, value], attributes)];
};
