import { readFile, stat } from 'node:fs/promises';
import { UnderstoryError } from '@understory/core';
import { MAX_ENCODED, TOO_LARGE } from '../sources/fileSource.ts';
import { decodeImage, type DecodeOptions } from './decodeImage.ts';

/** Most pixels that an image may have, and the colour behind transparent parts, where nothing else is said. */
export const DECODE_DEFAULTS = {
  maxPixels: 100_000_000,
  background: [255, 255, 255],
} as const satisfies Partial<DecodeOptions>;

/**
 * One image file → [H, W, 3] uint8, read as the `images` dataset reads it: shorter side resized to `size` [H, W],
 * then the centre. Errors: `bad-image`, and the system's own where the file cannot be opened.
 */
export const readImage = async (file: string, size: readonly [number, number]): Promise<Uint8Array> => {
  try {
    if ((await stat(file)).size > MAX_ENCODED) throw new UnderstoryError('bad-image', TOO_LARGE);
    return (await decodeImage(await readFile(file), { ...DECODE_DEFAULTS, size })).data;
  } catch (error) {
    if (error instanceof UnderstoryError)
      throw new UnderstoryError('bad-image', `Cannot read ${file}: ${error.message}.`, { cause: error });
    throw error;
  }
};
