import { middleOf, uint8, type NdArray, type Samples } from '@understory/core';

/** Each picture of some pixels [N, H, W, 3] by itself. */
export const pictures = (pixels: Uint8Array, size: readonly [number, number]): NdArray[] => {
  const length = size[0] * size[1] * 3;
  return Array.from({ length: pixels.length / length }, (_, i) =>
    uint8(pixels.slice(i * length, (i + 1) * length), [...size, 3]),
  );
};

/** A part of a picture: top, left, bottom, right in whole pixels. */
export const cut = (
  { data, shape }: NdArray,
  [top, left, bottom, right]: readonly [number, number, number, number],
): NdArray => {
  const [, across = 0] = shape;
  const [height, width] = [bottom - top, right - left];
  const out = new Uint8Array(height * width * 3);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * across + left) * 3;
    out.set(data.subarray(from, from + width * 3), y * width * 3);
  }
  return uint8(out, [height, width, 3]);
};

/** What networks see of samples outside of training: their middle, where it is cut out. */
export const seenPictures = async (
  samples: Pick<Samples, 'read' | 'size'>,
  positions: readonly number[],
  crop: readonly [number, number] | undefined,
): Promise<NdArray[]> => {
  if (positions.length === 0) return [];
  const { top, left, size } = middleOf(samples.size, crop);
  const whole = pictures(await samples.read(positions), samples.size);
  return whole.map((picture) => cut(picture, [top, left, top + size[0], left + size[1]]));
};
