import { uint8, type Insight, type NdArray } from '@understory/core';
import { encodePng, spriteSheet, thumbnail } from '@understory/core/node';
import type { Summary } from '../../eventFile.ts';

/** Longest side of a shown image, in pixels. */
const SIDE = 128;

/** One of several images of a size. */
export const imageAt = ({ shape, data }: NdArray, i: number): NdArray => {
  const [, height = 0, width = 0, channels = 3] = shape;
  const size = height * width * channels;
  return uint8(Uint8Array.from(data.subarray(i * size, (i + 1) * size)), [height, width, channels]);
};

/** Training images as one picture: a row each, a column for each of their views, as an epoch begins to show them. */
export const viewPicture = async ({ views }: Insight, epoch: number, images: number): Promise<Summary[]> => {
  const shown = await views(epoch, images);
  const rows = Math.min(images, ...shown.map(({ shape }) => shape[0] ?? 0));
  if (shown.length === 0 || rows === 0) return [];
  const cells = Array.from({ length: rows }, (_, i) =>
    shown.map((view) => thumbnail(imageAt(view, i), SIDE)),
  );
  const side = Math.max(...cells.flat().flatMap(({ shape }) => shape.slice(0, 2)));
  const sheet = spriteSheet(cells.flat(), shown.length, side);
  const [height = 0, width = 0] = sheet.shape;
  return [{ tag: 'views', image: { height, width, bytes: encodePng(sheet) } }];
};
