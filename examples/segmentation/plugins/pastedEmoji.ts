import {
  DATASET,
  int32,
  plugin,
  type DatasetFactory,
  type NdArrays,
  type Samples,
  type Seed,
  type SplitName,
} from '@understory/core';
import { z } from 'zod';
import { readDrawings, type Drawing } from './drawings.ts';
import { background, paste, type Picture } from './paste.ts';
import { MASK } from './task.ts';

/** Short names of the emoji that are pasted, in the order of their classes; background is class 0. */
const EMOJI = ['apple', 'cat', 'car'] as const;

const count = (images: number) => z.int().positive().default(images);

const PastedEmojiOptions = z.strictObject({
  train: count(240).describe('training images'),
  validation: count(48).describe('validation images'),
  test: count(96).describe('test images'),
  size: z.int().min(16).max(1024).default(32).describe('height and width of the images in pixels'),
  most: z.int().min(1).max(8).default(2).describe('emoji of an image at most; the fewest are one'),
});
type PastedEmojiOptions = z.output<typeof PastedEmojiOptions>;

type Drawings = ReadonlyMap<string, readonly Drawing[]>;

/** One image: later emoji cover earlier ones, and their masks with them. */
const compose = (seed: Seed, drawings: Drawings, { size, most }: PastedEmojiOptions): Picture => {
  const rng = seed.rng();
  const picture = background(rng, size);
  for (let left = rng.integer(1, most); left > 0; left--) {
    const index = rng.integer(0, EMOJI.length - 1);
    const styles = drawings.get(EMOJI[index]!)!;
    const side = rng.integer(Math.ceil(size * 0.4), Math.ceil(size * 0.7));
    const spot = { top: rng.integer(0, size - side), left: rng.integer(0, size - side), side };
    paste(picture, styles[rng.integer(0, styles.length - 1)]!, spot, index + 1);
  }
  return picture;
};

const join = <T extends Uint8Array | Int32Array>(into: T, parts: readonly T[]): T => {
  parts.forEach((part, i) => into.set(part, i * part.length));
  return into;
};

/** Images are made when they are read, by the seed and their position: nothing lies in memory. */
const samplesOf = (seed: Seed, length: number, drawings: Drawings, options: PastedEmojiOptions): Samples => {
  const { size } = options;
  const at = (positions: ArrayLike<number>): Picture[] =>
    Array.from(positions, (p) => compose(seed.at(p), drawings, options));
  return {
    length,
    size: [size, size],
    targets: { [MASK]: { kind: 'map', dtype: 'int32', shape: [size, size], outside: -1 } },
    readTargets(positions): Promise<NdArrays> {
      const masks = at(positions).map(({ mask }) => mask);
      const all = join(new Int32Array(masks.length * size * size), masks);
      return Promise.resolve({ [MASK]: int32(all, [masks.length, size, size]) });
    },
    read(positions) {
      const images = at(positions).map(({ pixels }) => pixels);
      return Promise.resolve(join(new Uint8Array(images.length * size * size * 3), images));
    },
    describe: (position) => `pasted emoji ${position}`,
  };
};

/** Emoji pasted on backgrounds, and which pixel shows which: where the pasted drawing is opaque. */
export const pastedEmoji =
  (options: PastedEmojiOptions): DatasetFactory =>
  async ({ seed }) => {
    const drawings = await readDrawings(EMOJI);
    const split = (name: SplitName): Samples => samplesOf(seed.at(name), options[name], drawings, options);
    return {
      name: 'pasted-emoji',
      classes: ['background', ...EMOJI],
      normalization: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
      train: split('train'),
      validation: split('validation'),
      test: split('test'),
      leftOut: [],
    };
  };

export const pastedEmojiPlugin = plugin({
  token: DATASET,
  name: 'pasted-emoji',
  summary: 'Emoji pasted on backgrounds, with a mask of their pixels',
  options: PastedEmojiOptions,
  create: pastedEmoji,
});
