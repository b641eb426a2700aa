import { encodeSafetensors } from '@understory/core';
import { readWeights } from './readWeights.ts';

export interface ConvertOptions {
  /** A name in the file → its new one; undefined leaves the tensor out. All are kept where nothing is said. */
  readonly rename?: (name: string) => string | undefined;
}

/**
 * Any file that `readWeights` reads → the bytes of a safetensors file, types as they are read (half precision becomes
 * float32). Errors: those of `readWeights`.
 */
export const convertWeights = async (
  source: string | Uint8Array,
  { rename = (name) => name }: ConvertOptions = {},
): Promise<Uint8Array> => {
  const { tensors, metadata } = await readWeights(source);
  const renamed = Object.entries(tensors).flatMap(([name, tensor]) => {
    const to = rename(name);
    return to === undefined ? [] : [[to, tensor] as const];
  });
  return encodeSafetensors(Object.fromEntries(renamed), { format: 'pt', ...metadata });
};
