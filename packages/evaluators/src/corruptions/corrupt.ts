import { UnderstoryError, type Rng } from '@understory/core';
import { defocus, motion } from './blurs.ts';
import { brightness, contrast } from './colour.ts';
import { elastic } from './elastic.ts';
import { glass, pixelate, zoomBlur } from './geometry.ts';
import { gaussianNoise, impulseNoise, shotNoise } from './noise.ts';
import { fromBytes, toBytes, type Picture } from './picture.ts';
import { ELASTIC, MOTION, SNOW, type Pair, type Strengths, type Three } from './strengths.ts';
import { fog, snow } from './weather.ts';

/** What writes a picture as JPEG with a quality, colours at half the size, and reads it again: [height, width, 3] uint8. */
export type Recompress = (
  pixels: Uint8Array,
  size: readonly [number, number],
  quality: number,
) => Promise<Uint8Array>;

type Make = (picture: Picture, rng: Rng) => Picture;
const by = <T>(
  strengths: Strengths<T>,
  make: (picture: Picture, strength: T, rng: Rng) => Picture,
): Strengths<Make> => {
  const at =
    (strength: T): Make =>
    (picture, rng) =>
      make(picture, strength, rng);
  const all = ([a, b, c, d, e]: Strengths<T>['small']): Strengths<Make>['small'] => [
    at(a),
    at(b),
    at(c),
    at(d),
    at(e),
  ];
  return { small: all(strengths.small), large: all(strengths.large) };
};

const motionOf = (picture: Picture, [radius, sigma]: Pair, rng: Rng): Picture =>
  motion(picture, { radius, sigma, angle: -45 + 90 * rng.uniform() });
/** Lengths of elastic, as shares of 32 and of 244 pixels. */
const elasticOf =
  (unit: number) =>
  (picture: Picture, [strength, sigma, shift]: Three, rng: Rng): Picture =>
    elastic(picture, { strength: unit * strength, sigma: unit * sigma, shift: unit * shift }, rng);

/** Corruptions of Hendrycks & Dietterich 2019 but for frost, which needs photographs, and JPEG, which needs an encoder. */
const OWN = {
  gaussian_noise: by(
    { small: [0.04, 0.06, 0.08, 0.09, 0.1], large: [0.08, 0.12, 0.18, 0.26, 0.38] },
    gaussianNoise,
  ),
  shot_noise: by({ small: [500, 250, 100, 75, 50], large: [60, 25, 12, 5, 3] }, shotNoise),
  impulse_noise: by(
    { small: [0.01, 0.02, 0.03, 0.05, 0.07], large: [0.03, 0.06, 0.09, 0.17, 0.27] },
    impulseNoise,
  ),
  defocus_blur: by<Pair>(
    {
      small: [
        [0.3, 0.4],
        [0.4, 0.5],
        [0.5, 0.6],
        [1, 0.2],
        [1.5, 0.1],
      ],
      large: [
        [3, 0.1],
        [4, 0.5],
        [6, 0.5],
        [8, 0.5],
        [10, 0.5],
      ],
    },
    (picture, [radius, smooth]) => defocus(picture, radius, smooth),
  ),
  glass_blur: by<Three>(
    {
      small: [
        [0.05, 1, 1],
        [0.25, 1, 1],
        [0.4, 1, 1],
        [0.25, 1, 2],
        [0.4, 1, 2],
      ],
      large: [
        [0.7, 1, 2],
        [0.9, 2, 1],
        [1, 2, 3],
        [1.1, 3, 2],
        [1.5, 4, 2],
      ],
    },
    glass,
  ),
  motion_blur: by(MOTION, motionOf),
  zoom_blur: by<Pair>(
    {
      small: [
        [0.01, 7],
        [0.01, 12],
        [0.01, 16],
        [0.01, 21],
        [0.01, 26],
      ],
      large: [
        [0.01, 12],
        [0.01, 16],
        [0.02, 11],
        [0.02, 13],
        [0.03, 11],
      ],
    },
    (picture, [step, count]) => zoomBlur(picture, step, count),
  ),
  snow: by(SNOW, snow),
  fog: by<Pair>(
    {
      small: [
        [0.2, 3],
        [0.5, 3],
        [0.75, 2.5],
        [1, 2],
        [1.5, 1.75],
      ],
      large: [
        [1.5, 2],
        [2, 2],
        [2.5, 1.7],
        [2.5, 1.5],
        [3, 1.4],
      ],
    },
    fog,
  ),
  brightness: by({ small: [0.05, 0.1, 0.15, 0.2, 0.3], large: [0.1, 0.2, 0.3, 0.4, 0.5] }, brightness),
  contrast: by({ small: [0.75, 0.5, 0.4, 0.3, 0.15], large: [0.4, 0.3, 0.2, 0.1, 0.05] }, contrast),
  elastic_transform: {
    small: by(ELASTIC, elasticOf(32)).small,
    large: by(ELASTIC, elasticOf(244)).large,
  },
  pixelate: by({ small: [0.95, 0.9, 0.85, 0.75, 0.65], large: [0.6, 0.5, 0.4, 0.3, 0.25] }, pixelate),
} satisfies Record<string, Strengths<Make>>;

const QUALITIES: Strengths<number> = { small: [80, 65, 58, 50, 40], large: [25, 18, 15, 10, 7] };

export type Corruption = keyof typeof OWN | 'jpeg_compression';
export const CORRUPTIONS: readonly Corruption[] = [
  ...(Object.keys(OWN) as (keyof typeof OWN)[]),
  'jpeg_compression',
];
export type Strength = 1 | 2 | 3 | 4 | 5;
export const STRENGTHS: readonly Strength[] = [1, 2, 3, 4, 5];

/** Whether a picture takes the strengths of about 32 pixels, and not those of about 224. */
export const isSmall = ([height, width]: readonly [number, number]): boolean => Math.max(height, width) <= 64;

export interface CorruptRequest {
  /** Height and width in pixels. */
  readonly size: readonly [number, number];
  readonly name: Corruption;
  readonly strength: Strength;
  readonly rng: Rng;
  readonly recompress: Recompress;
}

/** A picture [height, width, 3] uint8 made worse in one of five strengths, as CIFAR-10-C and ImageNet-C are. Errors: `bad-shape`. */
export const corrupt = async (
  pixels: Uint8Array,
  { size, name, strength, rng, recompress }: CorruptRequest,
): Promise<Uint8Array> => {
  const [height, width] = size;
  if (pixels.length !== height * width * 3)
    throw new UnderstoryError(
      'bad-shape',
      `${pixels.length} numbers are no picture of ${height}×${width} pixels in 3 colours.`,
    );
  const list = isSmall(size) ? 'small' : 'large';
  if (name === 'jpeg_compression') return recompress(pixels, size, QUALITIES[list][strength - 1]!);
  return toBytes(OWN[name][list][strength - 1]!(fromBytes(pixels, height, width), rng));
};
