import { encodePng, thumbnail as smaller } from '@understory/core/node';
import type { Picture } from '../input.ts';
import { html, type Html } from './markup.ts';

/** Longest side of a picture in the page, in pixels: larger ones would make it heavy. */
const LONGEST = 72;

/** The picture itself where no side is longer than `longest`, else a smaller one of the same form. */
export const thumbnail = (picture: Picture, longest = LONGEST): Picture => smaller(picture, longest);

export const dataUri = (picture: Picture): string =>
  `data:image/png;base64,${Buffer.from(encodePng(picture)).toString('base64')}`;

/** A picture with what it shows in words, no side longer than `longest` pixels. */
export const image = (picture: Picture, alt: string, longest = LONGEST): Html => {
  const small = thumbnail(picture, longest);
  const [h = 0, w = 0] = small.shape;
  const pixels = h < longest && w < longest ? html` class="pixels"` : undefined;
  return html`<img src="${dataUri(small)}" width="${w}" height="${h}" alt="${alt}" ${pixels} />`;
};
