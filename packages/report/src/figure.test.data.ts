import { seedOf, uint8 } from '@understory/core';
import type { Picture } from './input.ts';

const seed = seedOf(7);

/** How far a pixel at (x, y) in [−1, 1]² is inside a figure, from under 0 (outside) up. */
const FIGURES: readonly ((x: number, y: number) => number)[] = [
  (x, y) => 0.7 - Math.hypot(x, y),
  (x, y) => 0.6 - Math.max(Math.abs(x), Math.abs(y)),
  (x, y) => Math.min(0.6 - y, y + 0.7 - 1.5 * Math.abs(x)),
  (x, y) => 0.75 - Math.abs(x) - Math.abs(y),
  (x, y) => 0.25 - Math.abs(Math.hypot(x, y) - 0.5),
];

/** A figure on white, its colour and form by class, its place and size by chance. */
export const drawFigure = (label: number, at: number, side = 32): Picture => {
  const rng = seed.at('figure', label, at).rng();
  const [dx, dy, size, hue] = [
    rng.uniform() - 0.5,
    rng.uniform() - 0.5,
    0.7 + 0.6 * rng.uniform(),
    label * 0.7,
  ];
  const data = new Uint8Array(side * side * 3).fill(255);
  for (let i = 0; i < side * side; i++) {
    const [x, y] = [((i % side) / side) * 2 - 1, (Math.floor(i / side) / side) * 2 - 1];
    const inside = FIGURES[label % FIGURES.length]!((x - dx * 0.5) / size, (y - dy * 0.5) / size);
    const cover = Math.max(0, Math.min(1, inside * side * 0.4));
    for (let c = 0; c < 3; c++) {
      const ink = 128 + 100 * Math.sin(hue + c * 2.1 + inside * 2) + 12 * (rng.uniform() - 0.5);
      data[i * 3 + c] = 255 * (1 - cover) + ink * cover;
    }
  }
  return uint8(data, [side, side, 3]);
};

/** Classes of n images, some more common than others. */
export const labelsOf = (n: number): Int32Array => {
  const rng = seed.at('labels', n).rng();
  return Int32Array.from({ length: n }, () => Math.min(8, Math.floor(9 * rng.uniform() ** 1.15)));
};
