import { tensor4d, type Tensor4D } from '@tensorflow/tfjs-core';
import type { AnyPlugin, Rng } from '@understory/core';
import type { Options } from './anyOptions.test.support.ts';
import fc, { type Arbitrary } from 'fast-check';
import { streamImages, streamsOf, valuesOf } from './testing.test.support.ts';

export type Size = readonly [number, number];

const size = (height: number, width: number, weight: number) => ({
  arbitrary: fc.constant<Size>([height, width]),
  weight,
});

/** Sizes of pictures; the large ones, which take long, are seldom. */
export const anySize: Arbitrary<Size> = fc.oneof(
  ...[size(1, 1, 2), size(2, 3, 3), size(8, 8, 4), size(33, 17, 2), size(64, 64, 1)],
);

export const BATCH = 4;

/** The one colour of flat pictures, and of all that is painted. */
export const PAINT = [50, 200, 150] as const;

/** Numbers at one end of what a stream can draw. */
const atTheEnd = (u: number): Rng => ({
  uniform: () => u,
  integer: (low, high) => low + Math.floor(u * (high - low + 1)),
  normal: () => (u - 0.5) * 12,
});

/** Two ordinary streams, and both ends. */
export const anyStreams = (seed: number): Rng[] => [
  ...streamsOf(2, seed),
  atTheEnd(0),
  atTheEnd(1 - 2 ** -32),
];

/** Which images of a batch are flat. */
export const isFlat = (image: number, seed: number): boolean => (image + seed) % 2 === 0;

/** Flat pictures beside others; `other` turns one picture into its negative. */
export const anyPictures = (size: Size, seed: number, other?: number): Tensor4D => {
  const n = size[0] * size[1] * 3;
  const values = Float32Array.from(valuesOf(streamImages([BATCH, ...size, 3], seed)));
  const flat = Float32Array.from({ length: n }, (_, i) => PAINT[i % 3]!);
  for (let i = 0; i < BATCH; i++) {
    if (isFlat(i, seed)) values.set(flat, i * n);
    const own = values.subarray(i * n, (i + 1) * n);
    if (i === other) own.set(own.map((v) => 255 - v));
  }
  return tensor4d(values, [BATCH, ...size, 3]);
};

const keysOf = ({ options }: AnyPlugin): string[] => Object.keys((options as { shape?: object }).shape ?? {});

const isPaint = (key: string): boolean => /fill$/i.test(key);

/** The same options, but what is painted has the flat pictures' colour; noise stays. */
export const painted = (plugin: AnyPlugin, options: Options, plugins: readonly AnyPlugin[]): Options => {
  const inner = ([name, own]: readonly [string, Options]) => [
    name,
    painted(
      plugins.find((p) => p.name === name)!,
      own,
      plugins,
    ),
  ];
  const change = (key: string): unknown => {
    if (isPaint(key)) return options[key] === 'noise' ? 'noise' : PAINT;
    const used = plugin.uses && key in plugin.uses;
    return used ? (options[key] as readonly (readonly [string, Options])[]).map(inner) : options[key];
  };
  const keys = keysOf(plugin).filter((key) => isPaint(key) || key in options);
  return Object.fromEntries(keys.map((key) => [key, change(key)]));
};
