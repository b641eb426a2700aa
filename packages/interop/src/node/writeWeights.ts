import { rename, rm, writeFile } from 'node:fs/promises';
import { encodeSafetensors, type NdArrays } from '@understory/core';

/**
 * Writes a safetensors file in one piece: whoever looks sees the old file or the whole new one. `metadata` is kept as
 * text; `format: pt` is there so that PyTorch's tools take it. Errors: `bad-tensor`, and the system's own.
 */
export const writeWeights = async (
  path: string,
  tensors: NdArrays,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> => {
  const draft = `${path}.${process.pid}.part`;
  try {
    await writeFile(draft, encodeSafetensors(tensors, { format: 'pt', ...metadata }));
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
};
