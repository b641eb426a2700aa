import { UnderstoryError } from '@understory/core';
import type { Sharp } from 'sharp';
import type { Part } from './middleOf.ts';
import type { OpenedImage } from './openImage.ts';

/** What is cut away of a picture before it is resized, in its own pixels. */
export interface Cut {
  /** [top, left, bottom, right] that is kept, its corners between pixels; pixels that it touches stay. */
  readonly box?: readonly [top: number, left: number, bottom: number, right: number] | undefined;
  /** Rows at the bottom that are cut off. */
  readonly bottom?: number | undefined;
}

/** An opened image, of which a part may be all that is used: `full` is then the size of that part. */
export interface UsedImage extends OpenedImage {
  readonly part?: Part;
}

const shown = (sides: readonly number[]): string =>
  sides.map((side) => Number(side.toPrecision(6))).join(', ');

/** The part that a cut leaves. Errors: `bad-image`, with the reason alone. */
export const cutOut = ({ image, full }: OpenedImage, { box, bottom = 0 }: Cut): UsedImage => {
  const [height, width] = [full[0] - bottom, full[1]];
  if (height < 1)
    throw new UnderstoryError(
      'bad-image',
      `${full[0]} pixels high, and the lower ${bottom} are to be cut off`,
    );
  const [top, left, below, right] = box ?? [0, 0, height, width];
  const [from, to] = [Math.max(0, Math.floor(top)), Math.min(height, Math.ceil(below))];
  const [first, last] = [Math.max(0, Math.floor(left)), Math.min(width, Math.ceil(right))];
  // Written so that a side that is no number is refused too.
  if (!(to > from && last > first))
    throw new UnderstoryError(
      'bad-image',
      `its box (top, left, bottom, right: ${shown([top, left, below, right])}) has no pixel of its ${full[1]} x ${full[0]}`,
    );
  const part = { top: from, left: first, height: to - from, width: last - first };
  return { image, full: [part.height, part.width], part };
};

/** Takes a part of the part that is used: libvips takes one alone before it resizes. */
export const partOf = async ({ image, full, part }: UsedImage, inner?: Part): Promise<Sharp> => {
  const { top, left, height, width } = inner ?? { top: 0, left: 0, height: full[0], width: full[1] };
  const isAll = height === full[0] && width === full[1];
  const whole = await image();
  if (isAll && !part) return whole;
  return whole.extract({ top: top + (part?.top ?? 0), left: left + (part?.left ?? 0), height, width });
};
