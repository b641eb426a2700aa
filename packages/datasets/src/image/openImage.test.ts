import { UnderstoryError } from '@understory/core';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { farthest, patterned } from '../testing/pictures.test.support.ts';
import { tiff, type TiffOptions } from '../testing/tiff.test.support.ts';
import { decodeImage } from './decodeImage.ts';
import { DECODE_DEFAULTS } from './readImage.ts';

const decode = async (bytes: Uint8Array, size?: readonly [number, number]): Promise<Uint8Array> =>
  (await decodeImage(bytes, { ...DECODE_DEFAULTS, size })).data;

const [width, height] = [16, 16];
/** Levels 0…255, each once. */
const levels = Array.from({ length: width * height }, (_, i) => i);
const of = (
  channels: TiffOptions['channels'],
  format: TiffOptions['format'],
  bits: TiffOptions['bits'],
): TiffOptions => ({
  ...{ width, height, channels, format, bits },
});
const grey = (values: readonly number[]): number[] => values.flatMap((v) => [v, v, v]);
/** Red rises, green falls, blue stays. */
const colours = levels.flatMap((v) => [v, 255 - v, 77]);

describe('a TIFF', () => {
  it.each([
    ['grey floats of 0…1', levels.map((v) => v / 255), of(1, 'float', 32), grey(levels)],
    ['grey floats of 0…255', levels, of(1, 'float', 32), grey(levels)],
    ['coloured floats of 0…1', colours.map((v) => v / 255), of(3, 'float', 32), colours],
    ['coloured floats of 0…255', colours, of(3, 'float', 32), colours],
    ['grey of 8 bits', levels, of(1, 'uint', 8), grey(levels)],
    ['grey of 16 bits', levels.map((v) => v * 257), of(1, 'uint', 16), grey(levels)],
    ['colours of 16 bits', colours.map((v) => v * 257), of(3, 'uint', 16), colours],
  ])('of %s is read by its range', async (_, values, options, expected) => {
    const bytes = tiff(values, options);
    expect(farthest(await decode(bytes), expected)).toBeLessThanOrEqual(1);
    expect((await decode(bytes, [8, 8])).length).toBe(8 * 8 * 3);
    expect((await decode(bytes, [32, 24])).length).toBe(32 * 24 * 3);
  });

  it.each([
    [
      'floats below 0',
      levels.map((v) => v / 127.5 - 1),
      of(1, 'float', 32),
      /floats from -1 to 1; scale them/,
    ],
    [
      'floats a little above 1',
      levels.map((v) => v / 200),
      of(1, 'float', 32),
      /floats from 0 to 1\.\d+; scale them/,
    ],
    ['floats above 255', levels.map((v) => v * 16), of(1, 'float', 32), /floats from 0 to 4080; scale them/],
    ['floats that are none', levels.map((v) => (v === 9 ? NaN : v)), of(1, 'float', 32), /not finite/],
    ['integers of 32 bits', levels, of(1, 'uint', 32), /"uint", whose range is not known; convert it/],
    ['doubles', levels, of(1, 'float', 64), /more than 32 bits a channel; convert it/],
    ['signed integers', levels, of(1, 'int', 16), /"short", whose range is not known; convert it/],
    [
      'transparent floats',
      levels.flatMap((v) => [v, v, v, 255]),
      of(4, 'float', 32),
      /floats with a transparent channel/,
    ],
  ])('of %s is refused with the reason', async (_, values, options, reason) => {
    const outcome = decode(tiff(values, options));
    await expect(outcome).rejects.toThrow(reason);
    await expect(outcome).rejects.toThrow(UnderstoryError);
  });

  it('of inks is read as colours', async () => {
    const inks = levels.flatMap(() => [0, 255, 255, 0]);
    const [r, g, b] = await decode(tiff(inks, { ...of(4, 'uint', 8), photometric: 5 }));
    expect(r).toBeGreaterThan(200);
    expect(Math.max(g!, b!)).toBeLessThan(80);
  });
});

describe('16 bits with transparency', () => {
  it('lie on the background', async () => {
    const bytes = await sharp({
      create: { width: 4, height: 4, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
    })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect(new Set(await decode(bytes))).toEqual(new Set([255]));
    const red = await decodeImage(bytes, { ...DECODE_DEFAULTS, background: [200, 10, 20] });
    expect(Array.from(red.data.subarray(0, 3))).toEqual([200, 10, 20]);
  });
});

describe('images that are decoded together', () => {
  it('each fail for their own reason', async () => {
    const jpeg = (await patterned(64, 64).jpeg().toBuffer()).subarray(0, 1500);
    const png = (await patterned(64, 64).png().toBuffer()).subarray(0, 1500);
    const whole = await patterned(64, 64).png().toBuffer();
    const mixed = Array.from({ length: 60 }, (_, i) => [jpeg, png, whole][i % 3]!);
    const outcomes = await Promise.allSettled(mixed.map((bytes) => decode(bytes, [32, 32])));
    const reasons = outcomes.map((o) => (o.status === 'rejected' ? (o.reason as Error).message : 'read'));
    const alone = async (bytes: Uint8Array): Promise<string> =>
      decode(bytes, [32, 32]).then(
        () => 'read',
        (error: unknown) => (error as Error).message,
      );
    const expected = [await alone(jpeg), await alone(png), 'read'];
    expect(expected[0]).toMatch(/premature end/i);
    expect(expected[1]).toMatch(/png/i);
    expect(reasons).toEqual(mixed.map((_, i) => expected[i % 3]));
  });
});
