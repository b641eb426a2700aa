import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { patterned } from '../testing/pictures.test.support.ts';
import { decodeImage } from './decodeImage.ts';
import { isReducible, reduceLinear } from './reduceLinear.ts';
import type { Pixels } from './resizeBilinear.ts';

type Size = readonly [height: number, width: number];

const noisy = ([height, width]: Size, seed: number): Pixels => ({
  data: Uint8Array.from({ length: height * width * 3 }, (_, i) => Math.imul(i + seed, 2654435761) >>> 24),
  ...{ height, width },
});

const byLibvips = ({ data, height, width }: Pixels, to: Size): Promise<Buffer> =>
  sharp(data, { raw: { width, height, channels: 3 } })
    .resize({ height: to[0], width: to[1], fit: 'fill', kernel: 'linear' })
    .raw()
    .toBuffer();

const whole = (size: Size) => ({ top: 0, left: 0, size });

// On other processors libvips's compiler rounds products and sums once, so that a few pixels differ by a level.
const onX64 = it.skipIf(process.arch !== 'x64');

describe('reduceLinear', () => {
  onX64('gives the bits of libvips at every size', async () => {
    const side = fc.integer({ min: 1, max: 260 });
    const part = fc.double({ min: 0.5001, max: 1, noNaN: true });
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(side, side),
        fc.tuple(part, part),
        fc.nat(1000),
        async (from, parts, seed) => {
          const [[height, width], [down, across]] = [from, parts];
          const to = [Math.ceil(height * down), Math.ceil(width * across)] as const;
          fc.pre(isReducible([height, width], to) && (to[0] < height || to[1] < width));
          const source = noisy([height, width], seed);
          expect(Buffer.compare(reduceLinear(source, to, whole(to)).data, await byLibvips(source, to))).toBe(
            0,
          );
        },
      ),
      { numRuns: 40, seed: 1 },
    );
  });

  // Where an output lies just between two steps of the weights, the order of operations decides.
  onX64.each([
    [
      [375, 500],
      [224, 298],
    ],
    [
      [352, 272],
      [204, 157],
    ],
    [
      [324, 464],
      [180, 257],
    ],
    [
      [333, 500],
      [224, 336],
    ],
    [
      [300, 300],
      [200, 150.5],
    ],
    // What was rounded in the rows before plays no part from one strip of rows to the next.
    [
      [193, 257],
      [192, 255],
    ],
    [
      [321, 428],
      [320, 426],
    ],
    [
      [381, 8],
      [320, 8],
    ],
  ] as const)('gives the bits of libvips from %j to %j', async (from, [h, w]) => {
    const to = [h, Math.ceil(w)] as const;
    const source = noisy(from, 7);
    expect(Buffer.compare(reduceLinear(source, to, whole(to)).data, await byLibvips(source, to))).toBe(0);
  });

  it('gives a window of what it gives of the whole', () => {
    const source = noisy([90, 120], 3);
    const all = reduceLinear(source, [60, 80], whole([60, 80])).data;
    const { data } = reduceLinear(source, [60, 80], { top: 7, left: 11, size: [40, 50] });
    for (let y = 0; y < 40; y++) {
      const from = ((y + 7) * 80 + 11) * 3;
      expect(data.slice(y * 150, (y + 1) * 150)).toEqual(all.slice(from, from + 150));
    }
  });

  it('leaves alone what libvips reads at a part of its size, enlarges or would hold too long', () => {
    expect(isReducible([400, 400], [200, 300])).toBe(false);
    expect(isReducible([400, 400], [200, 401])).toBe(false);
    expect(isReducible([2000, 2000], [1900, 1900])).toBe(false);
    expect(isReducible([400, 400], [201, 400])).toBe(true);
  });
});

describe('a picture', () => {
  const size = [70, 64] as const;
  const expected = async (bytes: Buffer): Promise<Buffer> =>
    sharp(
      await sharp(bytes).resize({ height: 70, width: 93, fit: 'fill', kernel: 'linear' }).raw().toBuffer(),
      {
        raw: { height: 70, width: 93, channels: 3 },
      },
    )
      .extract({ top: 0, left: 14, height: 70, width: 64 })
      .raw()
      .toBuffer();

  onX64.each([
    ['baseline', {}],
    ['4:4:4', { chromaSubsampling: '4:4:4' }],
    ['progressive', { progressive: true }],
  ])('is reduced to the bits of libvips: %s', async (_, options) => {
    const bytes = await patterned(135, 180).jpeg(options).toBuffer();
    const { data } = await decodeImage(bytes, { maxPixels: 1e6, background: [255, 255, 255], size });
    expect(Buffer.compare(data, await expected(bytes))).toBe(0);
  });
});
