import { measure, seedOf, turns, type Samples } from '@understory/core';
import { loadSharp } from '@understory/datasets';
import {
  corrupt,
  CORRUPTIONS,
  robustness,
  STRENGTHS,
  type Corruption,
  type CorruptionErrors,
  type Recompress,
  type Robustness,
  type Strength,
} from '@understory/evaluators';
import { accuracy } from '@understory/metrics';
import type { Measured } from './measured.ts';

/** What a network gets wrong of images that were made worse. Fractions. */
export interface CorruptionResult extends Robustness {
  /** Of the images as they are. */
  readonly clean: number;
  /** At strengths 1 to 5, by corruption. */
  readonly errors: CorruptionErrors;
}

const recompress: Recompress = async (pixels, [height, width], quality) => {
  const sharp = await loadSharp();
  const raw = { raw: { width, height, channels: 3 as const } };
  const jpeg = await sharp(pixels, raw).jpeg({ quality, chromaSubsampling: '4:2:0' }).toBuffer();
  return new Uint8Array(await sharp(jpeg).removeAlpha().raw().toBuffer());
};

/** Samples whose images are made worse as they are read: an image always the same way, whatever run looks at it. */
const worse = (samples: Samples, name: Corruption, strength: Strength): Samples => ({
  ...samples,
  async read(positions) {
    const [{ size }, places, pause] = [samples, Array.from(positions), turns()];
    const [pixels, each] = [await samples.read(places), size[0] * size[1] * 3];
    const out = new Uint8Array(pixels.length);
    for (const [i, position] of places.entries()) {
      const rng = seedOf(0).at('corruption', name, strength, position).rng();
      const image = pixels.subarray(i * each, (i + 1) * each);
      out.set(await corrupt(image, { size, name, strength, rng, recompress }), i * each);
      await pause();
    }
    return out;
  },
});

/** Errors of the split's images in 14 ways and five strengths, made on the fly: 71 passes over them. */
export const measureCorruptions = async (measured: Measured): Promise<CorruptionResult> => {
  const { step, batch, dataset, split } = measured;
  const samples = dataset[split];
  const passes = 1 + CORRUPTIONS.length * STRENGTHS.length;
  let through = 0;
  const errorOf = async (shown: Samples): Promise<number> => {
    const onBatch = (done: number): void =>
      measured.onProgress?.(through + done, passes * samples.length, 'images, most of them made worse');
    const options = { batch, classes: dataset.classes, onBatch };
    const numbers = await measure(step, shown, [accuracy()], options);
    through += samples.length;
    return 1 - (numbers['accuracy'] ?? NaN);
  };
  const errors: Partial<Record<Corruption, readonly number[]>> = {};
  const clean = await errorOf(samples);
  for (const name of CORRUPTIONS) {
    const row: number[] = [];
    for (const strength of STRENGTHS) row.push(await errorOf(worse(samples, name, strength)));
    errors[name] = row;
  }
  const all = errors as CorruptionErrors;
  return { clean, errors: all, ...robustness(all, samples.size) };
};
