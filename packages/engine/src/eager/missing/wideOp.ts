import type { TensorInfo } from '@tensorflow/tfjs-core';
import { attribute } from '../../compile/graph/attributes.ts';
import { TF } from '../../compile/graph/native.ts';
import { nativeBackend, type Metadata, type NativeBackend } from '../../compile/trace/internals.ts';
import { encodeAll, type Attributes } from '../nativeOp.ts';

const cast = ({ binding }: NativeBackend, id: number, from: number, to: number): Metadata =>
  binding.executeOp('Cast', [attribute.type('SrcT', from), attribute.type('DstT', to)], [id], 1)[0]!;

const narrowed = (on: NativeBackend, made: Metadata): Metadata => {
  if (made.dtype !== TF.int64) return made;
  const narrow = cast(on, made.id, TF.int64, TF.int32);
  on.binding.deleteTensor(made.id);
  return narrow;
};

/**
 * Runs an op whose whole numbers have 64 bits in TensorFlow, where tfjs knows 32 bits alone: int32 inputs that `wide` counts
 * are widened, and outputs are narrowed.
 */
export const wideOps = (
  op: string,
  attributes: Attributes,
  inputs: readonly TensorInfo[],
  { outputs, wide }: { readonly outputs: number; readonly wide: readonly number[] },
): TensorInfo[] => {
  const on = nativeBackend();
  const given = on.getInputTensorIds(inputs);
  const widened = new Map(wide.map((place) => [place, cast(on, given[place]!, TF.int32, TF.int64).id]));
  try {
    const ids = given.map((id, place) => widened.get(place) ?? id);
    const made = on.binding.executeOp(op, encodeAll(attributes), ids, outputs);
    return made.map((one) => on.createOutputTensor(narrowed(on, one)));
  } finally {
    for (const id of widened.values()) on.binding.deleteTensor(id);
  }
};
