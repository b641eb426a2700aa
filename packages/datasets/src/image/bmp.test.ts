import { readFileSync } from 'node:fs';
import { UnderstoryError } from '@understory/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBmp } from './bmp.ts';
import { imageFormat } from './imageFormat.ts';

interface Golden {
  readonly width: number;
  readonly height: number;
  readonly cases: readonly {
    readonly name: string;
    readonly file: string;
    readonly pixels: readonly number[];
  }[];
}
// testdata/bitmaps.py: what Pillow reads from the same bytes.
const golden = JSON.parse(
  readFileSync(new URL('../../testdata/bitmaps.json', import.meta.url), 'utf8'),
) as Golden;
const files = golden.cases.map(({ name, file, pixels }) => ({
  name,
  pixels,
  bytes: Buffer.from(file, 'base64'),
}));
const MOST = 1e6;

describe('a bitmap', () => {
  it.each(files)('of $name reads as Pillow reads it', async ({ bytes, pixels }) => {
    expect(imageFormat(bytes)).toBe('bmp');
    const read = await decodeBmp(bytes, MOST);
    expect([read.height, read.width]).toEqual([golden.height, golden.width]);
    expect(Array.from(read.data)).toEqual(pixels);
  });

  it.each(files)('of $name that is cut off says so', async ({ bytes }) => {
    const cut = bytes.subarray(0, bytes.length - 8);
    await expect((async () => decodeBmp(cut, MOST))()).rejects.toThrow(/BMP file that is cut off/);
    await expect((async () => decodeBmp(bytes.subarray(0, 20), MOST))()).rejects.toThrow(/cut off/);
  });

  it('that claims more pixels than allowed is refused before anything is taken', async () => {
    const bytes = Buffer.from(files[0]!.bytes);
    bytes.writeInt32LE(2_000_000_000, 18);
    bytes.writeInt32LE(2_000_000_000, 22);
    await expect((async () => decodeBmp(bytes, MOST))()).rejects.toThrow(/claims more than 1000000 pixels/);
  });

  it('of any bytes is read or refused', async () => {
    const damage = fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { minLength: 1, maxLength: 5 });
    const property = fc.asyncProperty(
      fc.constantFrom(...files),
      damage,
      fc.nat(400),
      async (file, changes, most) => {
        const bytes = Buffer.from(
          file.bytes.subarray(0, Math.max(30, file.bytes.length - (most % 3 === 0 ? most : 0))),
        );
        for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte;
        try {
          const { data, height, width } = await decodeBmp(bytes, 1e5);
          expect(data.length).toBe(height * width * 3);
        } catch (error) {
          expect(error).toBeInstanceOf(UnderstoryError);
        }
      },
    );
    await fc.assert(property, { numRuns: 500, seed: 16 });
  });
});
