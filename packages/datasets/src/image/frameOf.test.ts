import fc from 'fast-check';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { decodeImage } from './decodeImage.ts';
import { frameOf } from './frameOf.ts';
import { DECODE_DEFAULTS } from './readImage.ts';

type Size = readonly [number, number];

/** A white picture with a black rectangle: top, left, bottom, right. */
const pictureOf = ([h, w]: Size, [top, left, bottom, right]: readonly number[]): Promise<Buffer> => {
  const data = new Uint8Array(h * w * 3).fill(255);
  for (let y = top!; y < bottom!; y++) data.fill(0, (y * w + left!) * 3, (y * w + right!) * 3);
  return sharp(data, { raw: { width: w, height: h, channels: 3 } })
    .png()
    .toBuffer();
};

/** Where it is dark: the sums of darkness along both axes give the edges to parts of a pixel. */
const darkOf = (data: Uint8Array, [h, w]: Size): number[] => {
  const dark = (y: number, x: number): number => 1 - data[(y * w + x) * 3]! / 255;
  const edges = (length: number, at: (i: number) => number): [number, number] => {
    const values = Array.from({ length }, (_, i) => at(i));
    const most = Math.max(...values);
    const middle = values.indexOf(most);
    const sum = (part: number[]): number => part.reduce((a, b) => a + b, 0) / most;
    return [middle - sum(values.slice(0, middle)), middle + sum(values.slice(middle))];
  };
  const [top, bottom] = edges(h, (y) =>
    Array.from({ length: w }, (_, x) => dark(y, x)).reduce((a, b) => a + b),
  );
  const [left, right] = edges(w, (x) =>
    Array.from({ length: h }, (_, y) => dark(y, x)).reduce((a, b) => a + b),
  );
  return [top, left, bottom, right];
};

const cases: readonly (readonly [full: Size, size: Size, fit: 'cover' | 'contain'])[] = [
  [[60, 90], [32, 32], 'contain'],
  [[90, 60], [48, 64], 'contain'],
  [[20, 30], [64, 64], 'contain'],
  [[60, 90], [32, 32], 'cover'],
  [[90, 40], [48, 64], 'cover'],
  [[20, 30], [64, 64], 'cover'],
  [[10, 400], [32, 32], 'cover'],
  [[32, 32], [32, 32], 'cover'],
];

it.each(cases)('says where a picture of %j lies in an image of %j, to %s it', async (full, size, fit) => {
  const [h, w] = full;
  // In the middle, so that it is in the image whatever is cut.
  const box = [
    Math.floor(h * 0.4),
    Math.floor(w / 2 - h * 0.2),
    Math.floor(h * 0.6),
    Math.floor(w / 2 + h * 0.1),
  ];
  const { data } = await decodeImage(await pictureOf(full, box), { ...DECODE_DEFAULTS, size, fit });
  const [top, left, bottom, right] = frameOf(full, size, fit);
  const down = (y: number): number => top + (y * (bottom - top)) / h;
  const across = (x: number): number => left + (x * (right - left)) / w;
  const expected = [down(box[0]!), across(box[1]!), down(box[2]!), across(box[3]!)];
  darkOf(data, size).forEach((edge, i) => expect(Math.abs(edge - expected[i]!)).toBeLessThan(0.6));
});

const side = fc.integer({ min: 1, max: 3000 });

it('contains whole pictures, and covers whole images', () => {
  fc.assert(
    fc.property(side, side, side, side, (h, w, height, width) => {
      const inside = frameOf([h, w], [height, width], 'contain');
      expect(inside[0] === 0 && inside[1] === 0 && inside[2] <= height && inside[3] <= width).toBe(true);
      const around = frameOf([h, w], [height, width], 'cover');
      const near = 1e-6 * (height + width);
      expect(around[0] <= near && around[1] <= near).toBe(true);
      expect(around[2] >= height - near && around[3] >= width - near).toBe(true);
    }),
  );
});
