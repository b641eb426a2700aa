import { uint8 } from '@understory/core';
import type { Picture } from '../input.ts';
import { html, type Html } from './markup.ts';
import { encodePng } from './png.ts';

/** Longest side of a picture in the page, in pixels: larger ones would make it heavy. */
const LONGEST = 72;

/** Means over boxes: [h, w, 3] → [height, width, 3], each at most as large. */
const shrink = ({ shape, data }: Picture, height: number, width: number): Picture => {
  const [h = 0, w = 0] = shape;
  const out = new Uint8Array(height * width * 3);
  for (let y = 0; y < height; y++) {
    const [top, bottom] = [Math.floor((y * h) / height), Math.max(1, Math.floor(((y + 1) * h) / height))];
    for (let x = 0; x < width; x++) {
      const [left, right] = [Math.floor((x * w) / width), Math.max(1, Math.floor(((x + 1) * w) / width))];
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let i = top; i < bottom; i++)
          for (let j = left; j < right; j++) sum += data[(i * w + j) * 3 + c]!;
        out[(y * width + x) * 3 + c] = Math.round(sum / ((bottom - top) * (right - left)));
      }
    }
  }
  return uint8(out, [height, width, 3]);
};

/** The picture itself where no side is longer than `longest`, else a smaller one of the same form. */
export const thumbnail = (picture: Picture, longest = LONGEST): Picture => {
  const [h = 0, w = 0] = picture.shape;
  const scale = longest / Math.max(h, w);
  if (scale >= 1) return picture;
  return shrink(picture, Math.max(1, Math.round(h * scale)), Math.max(1, Math.round(w * scale)));
};

export const dataUri = (picture: Picture): string =>
  `data:image/png;base64,${Buffer.from(encodePng(picture)).toString('base64')}`;

/** A picture with what it shows in words, no side longer than `longest` pixels. */
export const image = (picture: Picture, alt: string, longest = LONGEST): Html => {
  const small = thumbnail(picture, longest);
  const [h = 0, w = 0] = small.shape;
  const pixels = h < longest && w < longest ? html` class="pixels"` : undefined;
  return html`<img src="${dataUri(small)}" width="${w}" height="${h}" alt="${alt}" ${pixels} />`;
};

/** Many pictures in one, in rows of `columns`; each is scaled into a square of `side` pixels, centred on white. */
export const spriteSheet = (pictures: readonly Picture[], columns: number, side: number): Picture => {
  const rows = Math.ceil(pictures.length / columns);
  const width = columns * side;
  const out = new Uint8Array(rows * side * width * 3).fill(255);
  pictures.forEach((picture, at) => {
    const { shape, data } = thumbnail(picture, side);
    const [h = 0, w = 0] = shape;
    const top = Math.floor(at / columns) * side + ((side - h) >> 1);
    const left = (at % columns) * side + ((side - w) >> 1);
    for (let y = 0; y < h; y++) {
      out.set(data.subarray(y * w * 3, (y + 1) * w * 3), ((top + y) * width + left) * 3);
    }
  });
  return uint8(out, [rows * side, width, 3]);
};
