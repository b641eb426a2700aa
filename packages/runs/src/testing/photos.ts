import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';

/** Writes as many pictures of 16 × 16 pixels into a folder of each of two classes, `ant` and `bee`. */
export const writePhotos = async (folder: string, each: number): Promise<void> => {
  const picture = await sharp({ create: { width: 16, height: 16, channels: 3, background: '#a33' } })
    .png()
    .toBuffer();
  for (const name of ['ant', 'bee']) {
    mkdirSync(path.join(folder, name), { recursive: true });
    for (let i = 0; i < each; i++) writeFileSync(path.join(folder, name, `${i}.png`), picture);
  }
};
