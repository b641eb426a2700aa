import { readFile, stat } from 'node:fs/promises';
import { UnderstoryError } from '@understory/core';
import { systemReason } from '../errors.ts';
import { MAX_ENCODED, TOO_LARGE } from '../sources/fileSource.ts';
import { decodeImage, type DecodeOptions } from './decodeImage.ts';

/** Most pixels that an image may have, and the colour behind transparent parts, where nothing else is said. */
export const DECODE_DEFAULTS = {
  maxPixels: 100_000_000,
  background: [255, 255, 255],
} as const satisfies Partial<DecodeOptions>;

const load = async (file: string): Promise<Uint8Array> => {
  const info = await stat(file);
  if (info.isDirectory()) throw new UnderstoryError('bad-image', 'it is a folder; name an image in it');
  if (!info.isFile()) throw new UnderstoryError('bad-image', 'it is a device or pipe');
  if (info.size > MAX_ENCODED) throw new UnderstoryError('bad-image', TOO_LARGE);
  return readFile(file);
};

/**
 * One image file → [H, W, 3] uint8, read as the `images` dataset reads it: shorter side resized to `size` [H, W],
 * then the centre. Errors: `bad-image`, also where the file cannot be opened.
 */
export const readImage = async (file: string, size: readonly [number, number]): Promise<Uint8Array> => {
  try {
    return (await decodeImage(await load(file), { ...DECODE_DEFAULTS, size })).data;
  } catch (error) {
    const reason = error instanceof UnderstoryError ? error.message : systemReason(error);
    throw new UnderstoryError('bad-image', `Cannot read ${file}: ${reason}.`, { cause: error });
  }
};
