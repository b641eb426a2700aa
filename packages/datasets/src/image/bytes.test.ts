import { byteForms } from '@understory/core/testing';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { rawSamples } from '../samples/samples.ts';
import { decodeImage } from './decodeImage.ts';
import { imageFormat } from './imageFormat.ts';
import { resizeBilinear } from './resizeBilinear.ts';

const pixels = Uint8Array.from({ length: 4 * 6 * 3 }, (_, i) => (i * 37) % 256);
const raw = { raw: { width: 6, height: 4, channels: 3 } } as const;
const png = new Uint8Array(await sharp(pixels, raw).png().toBuffer());
const jpeg = new Uint8Array(await sharp(pixels, raw).jpeg().toBuffer());
const options = { size: [3, 3], maxPixels: 100, background: [0, 0, 0] } as const;

/** Every function here that takes bytes, with bytes that it takes. */
const readers: readonly (readonly [string, Uint8Array, (bytes: Uint8Array) => unknown])[] = [
  ['decodeImage of a PNG', png, (bytes) => decodeImage(bytes, options)],
  ['decodeImage of a JPEG', jpeg, (bytes) => decodeImage(bytes, options)],
  ['imageFormat', png, imageFormat],
  ['resizeBilinear', pixels, (data) => resizeBilinear({ data, width: 6, height: 4 }, [8, 9])],
  [
    'rawSamples',
    pixels,
    (given) => {
      const labels = Int32Array.of(0, 1);
      return rawSamples({ pixels: given, size: [2, 6], labels, describe: String }).read([1, 0]);
    },
  ],
];

describe.each(readers)('%s reads alike', (_, bytes, read) => {
  it.each(byteForms(bytes))('%s', async (_form, given) => {
    expect(JSON.stringify(await read(given))).toBe(JSON.stringify(await read(bytes)));
  });
});
