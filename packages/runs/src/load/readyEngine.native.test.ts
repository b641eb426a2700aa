import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { seedOf } from '@understory/core';
import { decodeJpegsBy, readFramedImage, readImage, readWholeImage } from '@understory/datasets';
import { decodeJpeg } from '@understory/engine';
import sharp, { type Sharp } from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { readyEngine } from './readyEngine.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'understory-jpeg-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Files that native TensorFlow has decoded. */
let decoded = 0;
beforeEach(async () => {
  const { native } = await readyEngine();
  expect(native).toBe(true);
  decoded = 0;
});
afterEach(() => decodeJpegsBy(decodeJpeg));

const byTensorFlow = (): void =>
  decodeJpegsBy(async (bytes) => {
    const pixels = await decodeJpeg(bytes);
    decoded++;
    return pixels;
  });

/** A picture with edges, slopes and noise. */
const picture = (height: number, width: number, seed = 1): Sharp => {
  const rng = seedOf(seed).rng();
  const data = Uint8Array.from({ length: height * width * 3 }, (_, i) => {
    const [y, x, c] = [Math.floor(i / 3 / width), Math.floor(i / 3) % width, i % 3];
    return 128 + 90 * Math.sin((x * (c + 1) + y * 2) / 17) + (x > y ? 25 : -25) + 12 * rng.uniform();
  });
  return sharp(data, { raw: { width, height, channels: 3 } });
};

const written = async (name: string, bytes: Uint8Array): Promise<string> => {
  const file = path.join(folder, name);
  await writeFile(file, bytes);
  return file;
};

/** Height, width and a hash of a picture's pixels. */
const shown = (pixels: Uint8Array, sides: readonly number[]): string =>
  `${sides.join(' x ')} ${createHash('sha256').update(pixels).digest('hex')}`;

/** What reading gives, or the reason why it gives nothing, with the decoder of datasets and with TensorFlow's. */
const readBoth = async (read: () => Promise<string>): Promise<readonly [string, string]> => {
  const asked = (): Promise<string> => read().catch((error: unknown) => String(error));
  decodeJpegsBy(undefined);
  const usual = await asked();
  byTensorFlow();
  return [usual, await asked()];
};

const readAt = async (file: string, size: readonly [number, number]): Promise<string> =>
  shown(await readImage(file, size), size);

const WAYS: readonly ((file: string) => Promise<string>)[] = [
  (file) => readAt(file, [224, 224]),
  (file) => readAt(file, [400, 640]),
  async (file) => {
    const { pixels, size } = await readFramedImage(file, [256, 256], { mean: [0, 0, 0] });
    return shown(pixels, size);
  },
  async (file) => {
    const { data, height, width } = await readWholeImage(file, 4000);
    return shown(data, [height, width]);
  },
];

it.each([
  ['4:2:0', { chromaSubsampling: '4:2:0' }],
  ['4:4:4', { chromaSubsampling: '4:4:4', quality: 97 }],
  ['low quality', { quality: 20 }],
])('decodes a JPEG of %s to the same pixels as datasets do by themselves', async (name, options) => {
  for (const [height, width] of [
    [375, 500],
    [333, 301],
    [257, 431],
  ] as const) {
    const bytes = await picture(height, width).jpeg(options).toBuffer();
    const file = await written(`${name.replace(/\W/g, '')}-${height}.jpg`, bytes);
    for (const read of WAYS) {
      const [usual, ours] = await readBoth(() => read(file));
      expect(ours).toBe(usual);
    }
  }
  expect(decoded).toBe(12);
});

it('leaves to datasets what is not a plain picture: turned, grey, progressive, much larger, strips', async () => {
  const made = {
    turned: picture(300, 400).withMetadata({ orientation: 6 }).jpeg(),
    grey: picture(300, 400).toColourspace('b-w').jpeg(),
    progressive: picture(300, 400).jpeg({ progressive: true }),
    large: picture(900, 1200).jpeg(),
    strip: picture(20, 2500).jpeg(),
  };
  for (const [name, image] of Object.entries(made)) {
    const file = await written(`${name}.jpg`, await image.toBuffer());
    const [usual, ours] = await readBoth(() => readAt(file, [224, 224]));
    expect(ours, name).toBe(usual);
    expect(usual, name).toContain('224 x 224');
  }
  expect(decoded).toBe(0);
});

it('gives the same pixels or the same reason for damaged files', async () => {
  const sound = await picture(260, 340, 3).jpeg().toBuffer();
  const rng = seedOf(5).rng();
  for (let i = 0; i < 60; i++) {
    const bytes = Uint8Array.from(
      sound.subarray(0, i % 3 === 0 ? Math.ceil(rng.uniform() * sound.length) : undefined),
    );
    for (let k = 0; k < i % 4; k++)
      bytes[Math.floor(rng.uniform() * bytes.length)] = Math.floor(rng.uniform() * 256);
    const file = await written(`damaged-${i}.jpg`, bytes);
    const [usual, ours] = await readBoth(() => readAt(file, [224, 224]));
    expect(ours, `damaged ${i}`).toBe(usual);
  }
  expect(decoded).toBeGreaterThan(0);
});
