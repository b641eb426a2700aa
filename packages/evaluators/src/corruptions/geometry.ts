import type { Rng } from '@understory/core';
import { gaussian } from './blurs.ts';
import { fromBytes, sampled, toBytes, type Picture } from './picture.ts';

/** The middle of a picture, enlarged by a factor to its size: corners on corners, then cut. */
export const zoomed = (picture: Picture, factor: number): Picture => {
  const axis = (length: number): ((i: number) => number) => {
    const part = Math.ceil(length / factor);
    const large = Math.round(part * factor);
    const [start, cut] = [Math.floor((length - part) / 2), Math.floor((large - length) / 2)];
    return (i) => start + (large > 1 ? ((i + cut) * (part - 1)) / (large - 1) : 0);
  };
  const { height, width } = picture;
  const [rows, columns] = [axis(height), axis(width)];
  return sampled(picture, [height, width], (y, x) => [rows(y), columns(x)], 'edge');
};

/** Mean of a picture and its zooms by 1, 1 + step, … */
export const zoomBlur = (picture: Picture, step: number, count: number): Picture => {
  const sum = Float64Array.from(picture.data);
  for (let i = 0; i < count; i++)
    zoomed(picture, 1 + i * step).data.forEach((value, at) => (sum[at]! += value));
  return { ...picture, data: sum.map((value) => value / (count + 1)) };
};

/** Pixels copied from nearby, between two blurs. */
export const glass = (
  picture: Picture,
  [sigma, reach, times]: readonly [number, number, number],
  rng: Rng,
): Picture => {
  const { height, width, channels } = picture;
  const bytes = toBytes(gaussian(picture, sigma));
  for (let pass = 0; pass < times; pass++)
    for (let y = height - reach; y > reach; y--)
      for (let x = width - reach; x > reach; x--) {
        const dx = rng.integer(-reach, reach - 1);
        const dy = rng.integer(-reach, reach - 1);
        const from = ((y + dy) * width + x + dx) * channels;
        bytes.copyWithin((y * width + x) * channels, from, from + channels);
      }
  return gaussian(fromBytes(bytes, height, width), sigma);
};

/** First input pixel and last of each output pixel, and how much each counts: Pillow's box filter. */
const boxes = (from: number, to: number): readonly (readonly [number, number])[] => {
  const scale = from / to;
  const support = 0.5 * Math.max(1, scale);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(from, Math.trunc(centre + support + 0.5));
    const counts = (x: number): boolean => {
      const place = (x - centre + 0.5) / Math.max(1, scale);
      return place > -0.5 && place <= 0.5;
    };
    const inside = Array.from({ length: end - first }, (_unused, j) => first + j).filter(counts);
    return [inside[0] ?? first, (inside.at(-1) ?? first) + 1] as const;
  });
};

/** 8-bit pixels [height, width, channels] of another size; each is the rounded mean of its box: columns first, then rows. */
const boxed = (
  { data, channels, ...from }: Omit<Picture, 'data'> & { readonly data: Uint8Array },
  height: number,
  width: number,
): Uint8Array => {
  const mean = (at: (i: number) => number, [first, end]: readonly [number, number]): number => {
    let sum = 0;
    for (let i = first; i < end; i++) sum += at(i);
    return Math.floor(sum / (end - first) + 0.5);
  };
  const [columns, rows] = [boxes(from.width, width), boxes(from.height, height)];
  const line = width * channels;
  const flat = Uint8Array.from({ length: from.height * line }, (_, i) => {
    const [row, x, c] = [Math.floor(i / line), Math.floor((i % line) / channels), i % channels];
    return mean((column) => data[(row * from.width + column) * channels + c]!, columns[x]!);
  });
  return Uint8Array.from({ length: height * line }, (_, i) =>
    mean((row) => flat[row * line + (i % line)]!, rows[Math.floor(i / line)]!),
  );
};

/** Made smaller by a share, and back. */
export const pixelate = (picture: Picture, share: number): Picture => {
  const { height, width, channels } = picture;
  const less = (length: number): number => Math.max(1, Math.floor(share * length));
  const small = { height: less(height), width: less(width), channels };
  const data = boxed({ ...picture, data: toBytes(picture) }, small.height, small.width);
  return fromBytes(boxed({ ...small, data }, height, width), height, width);
};
