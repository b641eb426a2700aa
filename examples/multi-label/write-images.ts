// tsx write-images.ts: writes some test images of seed 0 into images/, for `understory predict`.
import path from 'node:path';
import { seedOf } from '@understory/core';
import sharp from 'sharp';
import { drawings, DrawingsOptions } from './plugins/drawings.ts';

const { test } = await drawings(DrawingsOptions.parse({}))({ seed: seedOf(0).at('dataset') });
const [height, width] = test.size;
for (const position of [0, 3, 8]) {
  const name = test.describe(position).replace(/^.*: /, '').replaceAll(/\W+/g, '-');
  const pixels = await test.read([position]);
  await sharp(pixels, { raw: { height, width, channels: 3 } })
    .png()
    .toFile(path.join(import.meta.dirname, 'images', `${name}.png`));
}
