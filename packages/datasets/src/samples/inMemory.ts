import type { DatasetRequest, Samples } from '@understory/core';
import { rawSamples } from './rawSamples.ts';

const CHUNK = 256;

/** Reads every sample once and keeps its pixels: N·H·W·3 bytes. */
export const inMemory = async (samples: Samples, progress?: DatasetRequest['progress']): Promise<Samples> => {
  const { length, size, labels } = samples;
  const bytes = size[0] * size[1] * 3;
  const pixels = new Uint8Array(length * bytes);
  for (let from = 0; from < length; from += CHUNK) {
    const count = Math.min(CHUNK, length - from);
    pixels.set(await samples.read(Int32Array.from({ length: count }, (_, i) => from + i)), from * bytes);
    progress?.(from + count, length, 'reading images');
  }
  return rawSamples({ pixels, size, labels, describe: (position) => samples.describe(position) });
};
