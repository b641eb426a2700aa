import { nativeBackend } from './trace/internals.ts';
import { ownAddon } from './graph/native.ts';
import type { Precision } from './target.ts';

/**
 * The precisions between which there is a choice here: float32 first. Storing bfloat16 without multiplying in it is one of its own
 * only where the processor multiplies it. `loadEngine` must have been called.
 */
export const precisionsHere = (): readonly Precision[] => {
  if (nativeBackend().binding.isUsingGpuDevice()) return ['float32', 'bfloat16'];
  const pairs = ownAddon().instructionSets().includes('avx512bf16');
  return pairs ? ['float32', 'bfloat16', 'bfloat16-stored'] : ['float32', 'bfloat16'];
};
