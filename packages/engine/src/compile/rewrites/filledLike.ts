import type { Rewrite } from '../trace/recorder.ts';

const FILL: Readonly<Record<string, number>> = { ZerosLike: 0, OnesLike: 1 };

/** `zerosLike` and `onesLike` need their tensor's shape alone: so the value that an optimizer's slot begins with is a constant. */
export const filledLike: Rewrite = ({ op, inputs }, builder) => {
  const number = FILL[op];
  const like = inputs[0];
  if (number === undefined || !like?.shape || !like.shape.every((size) => size >= 0)) return undefined;
  const filled = builder.filled(like.dtype, like.shape, number);
  return filled ? [filled] : undefined;
};
