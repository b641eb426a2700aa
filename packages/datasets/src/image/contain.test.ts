import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { NORMALIZATIONS } from '../normalization.ts';
import { farthest, patterned, plain, redOverBlue } from '../testing/pictures.test.support.ts';
import { temporaryFolder } from '../testing/temporary.test.support.ts';
import { decodeImage, type DecodeOptions } from './decodeImage.ts';
import { DECODE_DEFAULTS, readFramedImage } from './readImage.ts';
import { resizeBilinear, type Pixels } from './resizeBilinear.ts';

const FILL = [7, 8, 9] as const;
const decode = (
  bytes: Uint8Array,
  size: readonly [number, number],
  options: Partial<DecodeOptions> = {},
): Promise<Pixels> =>
  decodeImage(bytes, { ...DECODE_DEFAULTS, size, fit: 'contain', fill: FILL, ...options });

/** The upper left part of a picture. */
const part = ({ data, width }: Pixels, height: number, across: number): Uint8Array => {
  const out = new Uint8Array(height * across * 3);
  for (let y = 0; y < height; y++)
    out.set(data.subarray(y * width * 3, (y * width + across) * 3), y * across * 3);
  return out;
};
const pixel = ({ data, width }: Pixels, y: number, x: number): number[] =>
  Array.from(data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3));

describe('a picture that is contained', () => {
  it('lies whole in the upper left, enlarged as everywhere, with one colour around it', async () => {
    const picture = patterned(10, 6);
    const { data } = await picture.clone().raw().toBuffer({ resolveWithObject: true });
    const got = await decode(await picture.png().toBuffer(), [20, 32]);
    expect([got.height, got.width]).toEqual([20, 32]);
    const whole = resizeBilinear({ data, height: 10, width: 6 }, [20, 12]);
    expect(Buffer.from(part(got, 20, 12)).equals(Buffer.from(whole.data))).toBe(true);
    expect([pixel(got, 0, 12), pixel(got, 19, 31)]).toEqual([[...FILL], [...FILL]]);
  });

  it('is reduced antialiased, wide ones with the free part below', async () => {
    const picture = patterned(60, 120);
    const { data } = await picture.clone().raw().toBuffer({ resolveWithObject: true });
    const got = await decode(await picture.png().toBuffer(), [40, 40]);
    const whole = resizeBilinear({ data, height: 60, width: 120 }, [20, 40]);
    expect(farthest(part(got, 20, 40), whole.data)).toBeLessThanOrEqual(8); // noise, the worst case
    expect(pixel(got, 20, 0)).toEqual([...FILL]);
  });

  it('takes the size within that it is told, and is itself where that is its own', async () => {
    const png = await patterned(8, 8).png().toBuffer();
    const { data } = await patterned(8, 8).raw().toBuffer({ resolveWithObject: true });
    const got = await decode(png, [32, 32], { within: [8, 8] });
    expect(farthest(part(got, 8, 8), data)).toBe(0);
    expect(pixel(got, 8, 0)).toEqual([...FILL]);
  });

  it('of one row or column keeps a pixel', async () => {
    const png = await plain([200, 0, 0], 1, 400).png().toBuffer();
    const got = await decode(png, [16, 16]);
    expect(pixel(got, 0, 3)).toEqual([200, 0, 0]);
    expect(pixel(got, 1, 3)).toEqual([...FILL]);
  });
});

describe('a picture with an EXIF orientation', () => {
  const turned = async (): Promise<Buffer> =>
    sharp(await redOverBlue(20, 10).png().toBuffer())
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .toBuffer();

  it('is upright, or as its pixels are stored', async () => {
    const upright = await decode(await turned(), [20, 20]);
    expect(pixel(upright, 5, 15)[0]).toBeGreaterThan(200); // red at the right, 10 high and 20 wide
    expect(pixel(upright, 15, 5)).toEqual([...FILL]);
    const stored = await decode(await turned(), [20, 20], { orientation: 'stored' });
    expect(pixel(stored, 5, 5)[0]).toBeGreaterThan(200); // red on top, 20 high and 10 wide
    expect(pixel(stored, 5, 15)).toEqual([...FILL]);
  });

  it('is refused where its annotation says another size', async () => {
    const expected = [20, 10] as const;
    await expect(decode(await turned(), [20, 20], { expected })).rejects.toThrow(
      'the picture has 20 x 10 pixels and its annotation says 10 x 20',
    );
    const stored = await decode(await turned(), [20, 20], { expected, orientation: 'stored' });
    expect(stored.height).toBe(20);
  });
});

describe('readFramedImage', () => {
  it('gives a picture with its frame, on the mean colour', async () => {
    const file = path.join(await temporaryFolder(), 'a.png');
    await writeFile(file, await plain([1, 2, 3], 30, 60).png().toBuffer());
    const { pixels, frame } = await readFramedImage(file, [32, 32], NORMALIZATIONS.imagenet);
    expect(frame).toEqual([0, 0, 16, 32, 30, 60]);
    expect(Array.from(pixels.subarray(-3))).toEqual([124, 116, 104]);
    await expect(readFramedImage(`${file}x`, [8, 8], NORMALIZATIONS.imagenet)).rejects.toThrow(
      `Cannot read ${file}x`,
    );
  });

  it('scales a picture by its sides, on the smallest image that the network knows or that holds all of its kind', async () => {
    const file = path.join(await temporaryFolder(), 'a.png');
    await writeFile(file, await plain([1, 2, 3], 90, 30).png().toBuffer());
    const by = { ...NORMALIZATIONS.imagenet, sides: { shortest: 20, longest: 50 } };
    const { pixels, size, frame } = await readFramedImage(file, [320, 320], by);
    expect([size, pixels.length]).toEqual([[64, 32], 64 * 32 * 3]);
    expect(frame).toEqual([0, 0, 50, 17, 90, 30]);
    expect(Array.from(pixels.subarray(0, 3))).toEqual([1, 2, 3]);
    expect(Array.from(pixels.subarray(-3))).toEqual([124, 116, 104]);
    const sizes = [[96, 64], [32, 64], [64, 32]] as const; // prettier-ignore
    for (const [longest, canvases, expected] of [
      [50, sizes, [64, 32]],
      [250, sizes, [64, 32]], // 60×20 pixels
      [250, sizes.slice(0, 1), [96, 64]],
      [250, sizes.slice(1, 2), [256, 32]],
    ] as const) {
      const given = { ...by, sides: { shortest: 20, longest }, canvases };
      expect((await readFramedImage(file, [320, 320], given)).size).toEqual(expected);
    }
  });
});
