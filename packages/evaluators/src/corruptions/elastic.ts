import type { Rng } from '@understory/core';
import { gaussian } from './blurs.ts';
import { mapped, sampled, type Picture } from './picture.ts';

/** The 2 × 3 matrix that takes three points to three others. */
const affine = (
  from: readonly (readonly number[])[],
  to: readonly (readonly number[])[],
): readonly number[][] => {
  const [[x0, y0], [x1, y1], [x2, y2]] = from as readonly (readonly [number, number])[] as [
    readonly [number, number],
    readonly [number, number],
    readonly [number, number],
  ];
  const det = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0);
  return [0, 1].map((axis) => {
    const [p, q, r] = to.map((point) => point[axis]!) as [number, number, number];
    const a = ((q - p) * (y2 - y0) - (r - p) * (y1 - y0)) / det;
    const b = ((r - p) * (x1 - x0) - (q - p) * (x2 - x0)) / det;
    return [a, b, p - a * x0 - b * y0];
  });
};

/** Three points moved at random, and a smooth random displacement; all lengths in pixels. */
export const elastic = (
  picture: Picture,
  { strength, sigma, shift }: { readonly strength: number; readonly sigma: number; readonly shift: number },
  rng: Rng,
): Picture => {
  const { height, width } = picture;
  const uniform = (most: number): number => most * (2 * rng.uniform() - 1);
  const [cy, cx, third] = [
    Math.floor(height / 2),
    Math.floor(width / 2),
    Math.floor(Math.min(height, width) / 3),
  ];
  const points = [
    [cx + third, cy + third],
    [cx + third, cy - third],
    [cx - third, cy - third],
  ];
  const moved = points.map((point) => point.map((value) => value + uniform(shift)));
  const [across, down] = affine(moved, points) as [number[], number[]];
  const at = ([a, b, c]: number[], x: number, y: number): number => a! * x + b! * y + c!;
  const turned = sampled(picture, [height, width], (y, x) => [at(down, x, y), at(across, x, y)], 'inner');
  const field = (): Float64Array => {
    const data = Float64Array.from({ length: height * width }, () => uniform(1));
    return mapped(
      gaussian({ height, width, channels: 1, data }, sigma, 'outer', 3),
      (value) => strength * value,
    ).data;
  };
  if (strength === 0) return turned;
  const [dx, dy] = [field(), field()];
  return sampled(
    turned,
    [height, width],
    (y, x) => [y + dy[y * width + x]!, x + dx[y * width + x]!],
    'outer',
  );
};
