import { encodeSafetensors } from '@understory/core';
import type { LeftOut } from '../weights/weights.ts';
import { readWeights } from './readWeights.ts';

export interface ConvertOptions {
  /** A name in the file → its new one; undefined leaves the tensor out. All are kept where nothing is said. */
  readonly rename?: (name: string) => string | undefined;
  /** Is told of what the file holds and the new one cannot: objects, and tensors that are not read. */
  readonly left?: (leftOut: readonly LeftOut[]) => void;
}

/**
 * Any file that `readWeights` reads → the bytes of a safetensors file, types as they are read (half precision becomes
 * float32). Errors: those of `readWeights`.
 */
export const convertWeights = async (
  source: string | Uint8Array,
  { rename = (name) => name, left }: ConvertOptions = {},
): Promise<Uint8Array> => {
  const { tensors, metadata, leftOut } = await readWeights(source);
  left?.(leftOut);
  const renamed = Object.entries(tensors).flatMap(([name, tensor]) => {
    const to = rename(name);
    return to === undefined ? [] : [[to, tensor] as const];
  });
  return encodeSafetensors(Object.fromEntries(renamed), { format: 'pt', ...metadata });
};
