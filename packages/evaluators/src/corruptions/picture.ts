/** A picture with numbers from 0 to 1 [height, width, channels], row-major. */
export interface Picture {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Float64Array;
}

export const fromBytes = (bytes: ArrayLike<number>, height: number, width: number): Picture => ({
  ...{ height, width, channels: bytes.length / (height * width) },
  data: Float64Array.from(bytes, (value) => value / 255),
});

/** Clipped and cut off to 8 bits, as the reference writes its files. */
export const toBytes = ({ data }: Picture): Uint8Array =>
  Uint8Array.from(data, (value) => Math.floor(255 * Math.min(1, Math.max(0, value))));

/** The same picture with each number changed. */
export const mapped = (picture: Picture, change: (value: number, i: number) => number): Picture => ({
  ...picture,
  data: picture.data.map(change),
});

/** What stands beyond an end: the edge again (`edge`), the mirror without (`inner`) or with (`outer`) the edge pixel. */
export type Border = 'edge' | 'inner' | 'outer';

/** Place within 0 … length − 1 that stands for one that may lie outside. */
export const placeIn = (at: number, length: number, border: Border): number => {
  if (at >= 0 && at < length) return at;
  if (border === 'edge' || length === 1) return Math.min(length - 1, Math.max(0, at));
  const period = border === 'inner' ? 2 * length - 2 : 2 * length;
  const within = ((at % period) + period) % period;
  return within < length ? within : period - within - (border === 'inner' ? 0 : 1);
};

/** Bilinear: a picture of the given size, whose pixels lie at `where` [row, column] of another one. */
export const sampled = (
  picture: Picture,
  [height, width]: readonly [number, number],
  where: (row: number, column: number) => readonly [number, number],
  border: Border,
): Picture => {
  const { channels, data } = picture;
  const out = new Float64Array(height * width * channels);
  const at = (row: number, column: number, c: number): number =>
    data[
      (placeIn(row, picture.height, border) * picture.width + placeIn(column, picture.width, border)) *
        channels +
        c
    ]!;
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const [y, x] = where(row, column);
      const [top, left] = [Math.floor(y), Math.floor(x)];
      const [v, u] = [y - top, x - left];
      for (let c = 0; c < channels; c++) {
        const upper = (1 - u) * at(top, left, c) + (u > 0 ? u * at(top, left + 1, c) : 0);
        const lower = v > 0 ? (1 - u) * at(top + 1, left, c) + (u > 0 ? u * at(top + 1, left + 1, c) : 0) : 0;
        out[(row * width + column) * channels + c] = (1 - v) * upper + v * lower;
      }
    }
  return { height, width, channels, data: out };
};
