import { uint8, type NdArray } from '../contracts/arrays.ts';

/** A picture: RGB 0…255 [height, width, 3]. */
type Picture = NdArray;

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
export const thumbnail = (picture: Picture, longest: number): Picture => {
  const [h = 0, w = 0] = picture.shape;
  const scale = longest / Math.max(h, w);
  if (scale >= 1) return picture;
  return shrink(picture, Math.max(1, Math.round(h * scale)), Math.max(1, Math.round(w * scale)));
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
