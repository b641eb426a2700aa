import type { Fit } from '@understory/core';
import { contained } from './contained.ts';
import { middleOf, type Part } from './middleOf.ts';
import { placement } from './resizeBilinear.ts';

type Size = readonly [height: number, width: number];

const covering = (full: Size, size: Size): Part => {
  const cut = middleOf(full, size);
  const { resized, top, left } = placement([cut.height, cut.width], size);
  const [down, across] = [resized[0] / cut.height, resized[1] / cut.width];
  return {
    top: -cut.top * down - top,
    left: -cut.left * across - left,
    height: full[0] * down,
    width: full[1] * across,
  };
};

/**
 * Where a whole picture of `full` pixels lies once it was brought to `size`: top, left, bottom, right in pixels of that
 * image. With `cover` it reaches beyond the image.
 */
export const frameOf = (
  full: Size,
  size: Size,
  fit: Fit = 'cover',
): readonly [top: number, left: number, bottom: number, right: number] => {
  if (fit === 'contain') return [0, 0, ...contained(full, size)];
  // As it is: `decodeImage` leaves pictures of the right size alone.
  if (full[0] === size[0] && full[1] === size[1]) return [0, 0, ...size];
  const { top, left, height, width } = covering(full, size);
  return [top, left, top + height, left + width];
};
