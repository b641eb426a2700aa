import sharp, { type Sharp } from 'sharp';

export type Rgb = readonly [number, number, number];

/** A picture of one colour. */
export const plain = (colour: Rgb, height = 20, width = 30): Sharp => {
  const [r, g, b] = colour;
  return sharp({ create: { width, height, channels: 3, background: { r, g, b } } });
};

/** A picture that compresses badly and whose pixels all differ from their neighbours: x, y and a hash of both. */
export const patterned = (height: number, width: number): Sharp => {
  const data = new Uint8Array(height * width * 3);
  for (let i = 0; i < data.length; i++) data[i] = Math.imul(i, 2654435761) >>> 11;
  return sharp(data, { raw: { width, height, channels: 3 } });
};

/** Red top, blue bottom: shows which way up a picture is. */
export const redOverBlue = (height: number, width: number): Sharp => {
  const data = new Uint8Array(height * width * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data[(y * width + x) * 3 + (y < height / 2 ? 0 : 2)] = 255;
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
};

/** The largest difference of two pictures' levels. */
export const farthest = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  if (a.length !== b.length) throw new Error(`lengths differ: ${a.length} and ${b.length}`);
  let far = 0;
  for (let i = 0; i < a.length; i++) far = Math.max(far, Math.abs(a[i]! - b[i]!));
  return far;
};
