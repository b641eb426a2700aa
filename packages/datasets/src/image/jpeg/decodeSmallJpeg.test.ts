import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import sharp, { type JpegOptions } from 'sharp';
import { describe, expect, it } from 'vitest';
import { patterned } from '../../testing/pictures.test.support.ts';
import { decodeImage } from '../decodeImage.ts';
import type { Pixels } from '../resizeBilinear.ts';
import { decodeSmallJpeg, isSmall } from './decodeSmallJpeg.ts';
import { jpegHeader } from './jpegHeader.ts';

interface Case {
  readonly file: string;
  readonly shape: readonly number[];
  readonly pixels: string;
}
const cases = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../../testdata/jpegs.json'), 'utf8'),
) as Record<string, Case>;

const decoded = (bytes: Uint8Array): Pixels | undefined => {
  const header = jpegHeader(bytes, 1e6);
  return header && isSmall(header) ? decodeSmallJpeg(bytes, header) : undefined;
};
const byLibvips = (bytes: Uint8Array): Promise<Buffer> =>
  sharp(bytes, { failOn: 'error' }).toColourspace('srgb').raw().toBuffer();
const jpeg = (height: number, width: number, options: JpegOptions = {}): Promise<Buffer> =>
  patterned(height, width).jpeg(options).toBuffer();

describe('decodeSmallJpeg', () => {
  it('gives the bits of libjpeg at every size, quality and sampling', async () => {
    for (const chromaSubsampling of ['4:2:0', '4:4:4'])
      for (const quality of [1, 60, 95, 100])
        for (const [height, width] of [
          [1, 1],
          [2, 3],
          [7, 8],
          [8, 5],
          [16, 17],
          [33, 31],
          [40, 50],
        ] as const) {
          const optimiseCoding = width % 2 === 0;
          const file = await jpeg(height, width, { quality, chromaSubsampling, optimiseCoding });
          const pixels = decoded(file);
          expect(pixels).toMatchObject({ height, width });
          expect(Buffer.compare(Buffer.from(pixels!.data), await byLibvips(file))).toBe(0);
        }
  });

  it('gives the bits of libjpeg for grey pictures', async () => {
    const file = await patterned(19, 23).greyscale().jpeg().toBuffer();
    expect(Buffer.compare(Buffer.from(decoded(file)!.data), await byLibvips(file))).toBe(0);
  });

  it.each(Object.entries(cases))('gives the bits of Pillow: %s', (_, { file, shape, pixels }) => {
    const { data, height, width } = decoded(Buffer.from(file, 'base64'))!;
    expect([height, width, 3]).toEqual(shape);
    expect(Buffer.from(data).toString('base64')).toBe(pixels);
  });

  it('leaves to another decoder what is turned, progressive, of inks, of another profile, large or cut off', async () => {
    const sound = await jpeg(20, 20);
    const files = {
      turned: await patterned(20, 20).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
      progressive: await jpeg(20, 20, { progressive: true }),
      inks: await patterned(20, 20).toColourspace('cmyk').jpeg().toBuffer(),
      profile: await patterned(20, 20).withIccProfile('p3').jpeg().toBuffer(),
      large: await jpeg(129, 128),
      cut: sound.subarray(0, -40),
      longer: Buffer.concat([sound.subarray(0, -2), Buffer.alloc(30, 7), sound.subarray(-2)]),
      png: await patterned(20, 20).png().toBuffer(),
    };
    expect(decoded(sound)).toBeDefined();
    for (const [name, file] of Object.entries(files)) expect(decoded(file), name).toBeUndefined();
  });

  it('gives of a damaged file nothing, or the bits of libjpeg', async () => {
    const files = await Promise.all([jpeg(16, 16), jpeg(16, 16, { chromaSubsampling: '4:4:4' })]);
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
    const property = fc.asyncProperty(fc.constantFrom(...files), damage, async (file, changes) => {
      const bytes = Buffer.from(file);
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      const pixels = decoded(bytes);
      if (pixels) expect(Buffer.compare(Buffer.from(pixels.data), await byLibvips(bytes))).toBe(0);
    });
    await fc.assert(property, { numRuns: 300 });
  });
});

it('an image is decoded to the same bits whichever decoder reads it', async () => {
  const options = { maxPixels: 1e6, background: [255, 255, 255] } as const;
  const file = await jpeg(24, 30);
  const lossless = await sharp(file).png().toBuffer();
  for (const size of [undefined, [24, 30], [48, 48], [20, 20], [4, 40]] as const) {
    const [one, other] = await Promise.all([file, lossless].map((f) => decodeImage(f, { ...options, size })));
    expect(Buffer.compare(one!.data, other!.data)).toBe(0);
    expect([one!.height, one!.width]).toEqual([other!.height, other!.width]);
  }
});
