import type { Rng } from '@understory/core';
import { motion } from './blurs.ts';
import { zoomed } from './geometry.ts';
import { fromBytes, mapped, toBytes, type Picture } from './picture.ts';

/**
 * Clouds: diamond-square on a torus of a side that is a power of two, scaled to 0 … 1. `draw` gives numbers from −1 to 1; what it adds,
 * 100² at first, is divided by decay² after each halving.
 */
export const clouds = (side: number, decay: number, draw: () => number): Float64Array => {
  const map = new Float64Array(side * side);
  const at = (y: number, x: number): number => map[(y % side) * side + (x % side)]!;
  let width = 100;
  const set = (y: number, x: number, corners: number): void => {
    map[(y % side) * side + (x % side)] = corners / 4 + width ** 2 * draw();
  };
  for (let step = side; step >= 2; step /= 2, width /= decay) {
    const half = step / 2;
    const each = (visit: (y: number, x: number) => void): void => {
      for (let y = 0; y < side; y += step) for (let x = 0; x < side; x += step) visit(y, x);
    };
    each((y, x) =>
      set(y + half, x + half, at(y, x) + at(y, x + step) + at(y + step, x) + at(y + step, x + step)),
    );
    const edge = (y: number, x: number): number =>
      at(y + side - half, x) + at(y + half, x) + at(y, x + side - half) + at(y, x + half);
    each((y, x) => set(y, x + half, edge(y, x + half)));
    each((y, x) => set(y + half, x, edge(y + half, x)));
  }
  const least = map.reduce((a, b) => Math.min(a, b), Infinity);
  const most = map.reduce((a, b) => Math.max(a, b - least), 0);
  return map.map((value) => (most > 0 ? (value - least) / most : 0));
};

export const fog = (picture: Picture, [amount, decay]: readonly [number, number], rng: Rng): Picture => {
  const { height, width, channels, data } = picture;
  const least = Math.max(height, width) <= 64 ? 32 : 256;
  const side = 2 ** Math.ceil(Math.log2(Math.max(least, height, width)));
  const map = clouds(side, decay, () => 2 * rng.uniform() - 1);
  const most = data.reduce((a, b) => Math.max(a, b), 0);
  return mapped(picture, (value, i) => {
    const [y, x] = [Math.floor(i / (width * channels)), Math.floor(i / channels) % width];
    return ((value + amount * map[y * side + x]!) * most) / (most + amount);
  });
};

/** Mean, deviation, zoom, cut, radius and σ of the motion blur, and share of the picture that stays. */
export type SnowOptions = readonly [number, number, number, number, number, number, number];

export const snow = (
  picture: Picture,
  [mean, deviation, zoom, cut, radius, sigma, mix]: SnowOptions,
  rng: Rng,
): Picture => {
  const { height, width, data } = picture;
  const flakes = {
    height,
    width,
    channels: 1,
    data: data.slice(0, height * width).map(() => mean + deviation * rng.normal()),
  };
  const kept = mapped(zoomed(flakes, zoom), (value) => (value < cut ? 0 : value));
  const angle = -135 + 90 * rng.uniform();
  const layer = motion(fromBytes(toBytes(kept), height, width), { radius, sigma, angle }).data;
  return mapped(picture, (value, i) => {
    const pixel = Math.floor(i / 3);
    const grey = 0.299 * data[3 * pixel]! + 0.587 * data[3 * pixel + 1]! + 0.114 * data[3 * pixel + 2]!;
    const white = mix * value + (1 - mix) * Math.max(value, 1.5 * grey + 0.5);
    return white + layer[pixel]! + layer[layer.length - 1 - pixel]!;
  });
};
