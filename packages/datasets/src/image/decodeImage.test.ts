import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { UnderstoryError } from '@understory/core';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { farthest, patterned, plain, redOverBlue, type Rgb } from '../testing/pictures.test.support.ts';
import { temporaryFolder } from '../testing/temporary.test.support.ts';
import { decodeImage } from './decodeImage.ts';
import { DECODE_DEFAULTS, readImage } from './readImage.ts';
import { resizeBilinear, type Pixels } from './resizeBilinear.ts';

const decode = (bytes: Uint8Array, size?: readonly [number, number]): Promise<Pixels> =>
  decodeImage(bytes, { ...DECODE_DEFAULTS, size });
const red: Rgb = [200, 30, 60];

/** Every pixel lies near this colour. */
const expectColour = ({ data }: Pixels, colour: Rgb, tolerance = 2): void => {
  const all = Array.from({ length: data.length }, (_, i) => colour[i % 3]!);
  expect(farthest(data, all)).toBeLessThanOrEqual(tolerance);
};

/** A PNG whose header claims another size, with its checksum put right. */
const claims = (png: Buffer, width: number, height: number): Buffer => {
  const out = Buffer.from(png);
  out.writeUInt32BE(width, 16);
  out.writeUInt32BE(height, 20);
  out.writeUInt32BE(crc32(out.subarray(12, 29)), 29);
  return out;
};

describe('reads', () => {
  const grey = (bytes: Promise<Buffer>): [Promise<Buffer>, Rgb, number] => [bytes, [100, 100, 100], 2];
  const made: Record<string, [Promise<Buffer>, Rgb, number]> = {
    'a PNG': [plain(red).png().toBuffer(), red, 0],
    'a PNG with a palette': [plain(red).png({ palette: true }).toBuffer(), red, 0],
    'a PNG of 16 bits': [plain(red).toColourspace('rgb16').png().toBuffer(), red, 1],
    'a JPEG': [plain(red).jpeg().toBuffer(), red, 2],
    'a progressive JPEG': [plain(red).jpeg({ progressive: true }).toBuffer(), red, 2],
    // Its inks reach no purer red: the profile's own colour.
    'a CMYK JPEG': [plain(red).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer(), red, 30],
    'a grey JPEG': grey(plain([100, 100, 100]).toColourspace('b-w').jpeg().toBuffer()),
    'a grey PNG': grey(plain([100, 100, 100]).toColourspace('b-w').png().toBuffer()),
    'a grey PNG of 16 bits': grey(plain([100, 100, 100]).toColourspace('grey16').png().toBuffer()),
    'a WebP': [plain(red).webp().toBuffer(), red, 3],
    'a TIFF': [plain(red).tiff({ compression: 'lzw' }).toBuffer(), red, 0],
    'a GIF': [plain(red).gif().toBuffer(), red, 0],
    'an AVIF': [plain(red).avif().toBuffer(), red, 3],
  };
  it.each(Object.entries(made))('%s', async (_, [bytes, colour, tolerance]) => {
    const pixels = await decode(await bytes);
    expect([pixels.height, pixels.width]).toEqual([20, 30]);
    expectColour(pixels, colour, tolerance);
    for (const size of [
      [10, 10],
      [64, 48],
    ] as const) {
      const resized = await decode(await bytes, size);
      expect([resized.height, resized.width, resized.data.length]).toEqual([...size, size[0] * size[1] * 3]);
      expectColour(resized, colour, tolerance + 1);
    }
  });

  it('a transparent picture on white, or on what is said', async () => {
    const clear = { r: 200, g: 30, b: 60, alpha: 0.5 };
    const bytes = await sharp({ create: { width: 4, height: 4, channels: 4, background: clear } })
      .png()
      .toBuffer();
    expectColour(await decode(bytes), [227, 142, 157], 1);
    expectColour(await decodeImage(bytes, { ...DECODE_DEFAULTS, background: [0, 0, 0] }), [100, 15, 30], 1);
  });

  it('an animation by its first picture', async () => {
    const frames = Buffer.concat([Buffer.alloc(30 * 20 * 3, 40), Buffer.alloc(30 * 20 * 3, 200)]);
    const film = sharp(frames, { raw: { width: 30, height: 40, channels: 3, pageHeight: 20 } });
    for (const bytes of [await film.clone().gif().toBuffer(), await film.clone().webp().toBuffer()]) {
      const pixels = await decode(bytes);
      expect([pixels.height, pixels.width]).toEqual([20, 30]);
      expectColour(pixels, [40, 40, 40], 3);
    }
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'a photograph upright whose EXIF orientation is %i',
    async (orientation) => {
      const upright = redOverBlue(24, 16);
      // How the sensor saw it: what the orientation undoes.
      const [turn, mirror] = (
        [
          [0, 0],
          [0, 1],
          [180, 0],
          [180, 1],
          [90, 1],
          [270, 0],
          [270, 1],
          [90, 0],
        ] as const
      )[orientation - 1]!;
      const seen = sharp(await upright.rotate(turn).png().toBuffer()).flop(mirror === 1);
      const bytes = await seen
        .withMetadata({ orientation })
        .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
        .toBuffer();
      for (const size of [undefined, [24, 16], [12, 8], [48, 32]] as const) {
        const { data, height, width } = await decode(bytes, size);
        expect([height, width]).toEqual(size ?? [24, 16]);
        expect(Array.from(data.subarray(0, 3), (v) => Math.round(v / 255))).toEqual([1, 0, 0]);
        expect(Array.from(data.subarray(-3), (v) => Math.round(v / 255))).toEqual([0, 0, 1]);
      }
    },
  );
});

describe('resizes', () => {
  it('down as Pillow does, within five levels, and up exactly', async () => {
    const pixels = new Uint8Array(await patterned(60, 90).raw().toBuffer());
    const bytes = await patterned(60, 90).png().toBuffer();
    const exact = (h: number, w: number): Uint8Array =>
      resizeBilinear({ data: pixels, height: 60, width: 90 }, [h, w]).data;
    const columns = (data: Uint8Array, width: number, left: number, kept: number): number[] =>
      Array.from(data).filter(
        (_, i) =>
          Math.floor((i % (width * 3)) / 3) >= left && Math.floor((i % (width * 3)) / 3) < left + kept,
      );
    const small = await decode(bytes, [20, 20]);
    expect(farthest(small.data, columns(exact(20, 30), 30, 5, 20))).toBeLessThanOrEqual(5);
    const large = await decode(bytes, [80, 80]);
    expect(farthest(large.data, columns(exact(80, 120), 120, 20, 80))).toBe(0);
  });

  it('a strip without growing it beyond bounds, upright or turned', async () => {
    for (const [h, w] of [
      [1, 30_000],
      [30_000, 1],
    ] as const) {
      const strip = plain(red, h, w);
      expectColour(await decode(await strip.png().toBuffer(), [32, 32]), red, 1);
      expectColour(
        await decode(await strip.jpeg().withMetadata({ orientation: 6 }).toBuffer(), [16, 24]),
        red,
        2,
      );
    }
  });
});

describe('refuses', () => {
  const cut = async (bytes: Promise<Buffer>, share: number): Promise<Buffer> => {
    const whole = await bytes;
    return whole.subarray(0, Math.round(whole.length * share));
  };
  const cases: Record<string, [Promise<Buffer> | Buffer, RegExp]> = {
    'a truncated JPEG': [cut(patterned(40, 40).jpeg().toBuffer(), 0.6), /premature end|end of/i],
    'a truncated PNG': [cut(patterned(40, 40).png().toBuffer(), 0.6), /./],
    'a truncated WebP': [cut(patterned(40, 40).webp().toBuffer(), 0.6), /./],
    'an empty file': [Buffer.alloc(0), /^an empty file$/],
    'a text': [Buffer.from('no picture'), /^not a JPEG, PNG, WebP, GIF, TIFF, AVIF or BMP file$/],
    'an SVG': [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), /^an SVG drawing; convert/],
    'a PNG that claims ten billion pixels': [
      plain(red)
        .png()
        .toBuffer()
        .then((png) => claims(png, 100_000, 100_000)),
      /^it claims more than 100000000 pixels$/,
    ],
  };
  it('headers that claim a huge size, before anything is decoded', async () => {
    const side = 60_000;
    const patched = (
      bytes: Buffer,
      at: readonly number[],
      write: (out: Buffer, at: number) => void,
    ): Buffer => {
      const out = Buffer.from(bytes);
      for (const place of at) write(out, place);
      return out;
    };
    const big = (out: Buffer, at: number): unknown => out.writeUInt16BE(side, at);
    const little = (out: Buffer, at: number): unknown => out.writeUInt16LE(side, at);
    const jpeg = await plain(red).jpeg().toBuffer();
    const gif = await plain(red).gif().toBuffer();
    const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
    const first = gif.indexOf(0x2c, 13 + 3 * 2 ** ((gif[10]! & 7) + 1));
    const bombs = [
      patched(jpeg, [frame + 5, frame + 7], big),
      patched(gif, [6, 8, first + 5, first + 7], little),
      claims(await plain(red).png().toBuffer(), side, side),
    ];
    for (const bytes of bombs)
      await expect(decode(bytes, [8, 8])).rejects.toThrow(/claims more than 100000000 pixels/);
  });

  it.each(Object.entries(cases))('%s', async (_, [bytes, reason]) => {
    for (const size of [undefined, [16, 16]] as const) {
      const outcome = decode(await bytes, size);
      await expect(outcome).rejects.toThrow(reason);
      await expect(outcome).rejects.toThrow(UnderstoryError);
    }
  });

  it('or reads damaged files, and never ends otherwise', async () => {
    const files = await Promise.all([
      patterned(12, 12).jpeg().toBuffer(),
      patterned(12, 12).png().toBuffer(),
      patterned(12, 12).gif().toBuffer(),
      patterned(12, 12).webp().toBuffer(),
    ]);
    const damage = fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { minLength: 1, maxLength: 4 });
    const property = fc.asyncProperty(fc.constantFrom(...files), damage, async (file, changes) => {
      const bytes = Buffer.from(file);
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      await decodeImage(bytes, { ...DECODE_DEFAULTS, maxPixels: 1e6, size: [8, 8] }).then(
        ({ data }) => expect(data.length).toBe(8 * 8 * 3),
        (error: unknown) => expect(error).toBeInstanceOf(UnderstoryError),
      );
    });
    await fc.assert(property, { numRuns: 150 });
  });
});

it('readImage names the file', async () => {
  const file = path.join(await temporaryFolder(), 'cat.jpg');
  await writeFile(file, 'no cat');
  await expect(readImage(file, [8, 8])).rejects.toThrow(/cat\.jpg: not a JPEG/);
  await expect(readImage(`${file}.gone`, [8, 8])).rejects.toThrow(
    /cat\.jpg\.gone: there is nothing at this path/,
  );
  await expect(readImage(path.dirname(file), [8, 8])).rejects.toThrow(/it is a folder; name an image in it/);
  await expect(readImage(`${file}.gone`, [8, 8])).rejects.toThrow(UnderstoryError);
  await writeFile(file, await plain(red).png().toBuffer());
  expect((await readImage(file, [8, 8])).length).toBe(8 * 8 * 3);
});
