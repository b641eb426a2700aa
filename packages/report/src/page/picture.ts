import { encodePng, thumbnail as smaller } from '@understory/core/node';
import type { Picture } from '../input.ts';
import { html, type Html } from './markup.ts';

/** Longest side of a picture in the page, in pixels: larger ones would make it heavy. */
const LONGEST = 72;

/** The picture itself where no side is longer than `longest`, else a smaller one of the same form. */
export const thumbnail = (picture: Picture, longest = LONGEST): Picture => smaller(picture, longest);

export const dataUri = (picture: Picture): string =>
  `data:image/png;base64,${Buffer.from(encodePng(picture)).toString('base64')}`;

interface Packed {
  readonly uri: string;
  readonly height: number;
  readonly width: number;
}

/** Pictures that were packed before, by their longest side: the live page shows the same ones again and again. */
const packed = new WeakMap<Picture, Map<number, Packed>>();

const pack = (picture: Picture, longest: number): Packed => {
  const small = thumbnail(picture, longest);
  const [height = 0, width = 0] = small.shape;
  return { uri: dataUri(small), height, width };
};

/** A picture as an address, no side longer than `longest` pixels. */
export const packedPicture = (picture: Picture, longest: number): Packed => {
  const sizes = packed.get(picture) ?? new Map<number, Packed>();
  const made = sizes.get(longest) ?? pack(picture, longest);
  packed.set(picture, sizes.set(longest, made));
  return made;
};

/** A picture with what it shows in words, no side longer than `longest` pixels. */
export const image = (picture: Picture, alt: string, longest = LONGEST): Html => {
  const { uri, height, width } = packedPicture(picture, longest);
  const pixels = height < longest && width < longest ? html` class="pixels"` : undefined;
  return html`<img src="${uri}" width="${width}" height="${height}" alt="${alt}" ${pixels} />`;
};
