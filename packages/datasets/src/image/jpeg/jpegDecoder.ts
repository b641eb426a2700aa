import type { Pixels } from '../resizeBilinear.ts';

/**
 * Decodes a whole JPEG of three planes to [height, width, 3] uint8, as its pixels are stored, to the bit as libjpeg does with its exact inverse DCT.
 * Fails for whatever it cannot read.
 */
export type JpegDecoder = (bytes: Uint8Array) => Promise<Pixels>;

let decoder: JpegDecoder | undefined;

/**
 * Has all datasets of this process decode pictures by `decode`, the engine's `decodeJpeg` for one, where all of a JPEG is looked at. Pixels are the
 * same with and without it: the usual decoder takes twice the time to be set up that a photograph takes to be decoded. Undefined: that one again.
 */
export const decodeJpegsBy = (decode: JpegDecoder | undefined): void => {
  decoder = decode;
};

/** What the process's own decoder gives, if there is one and it can read the file. */
export const decodedWhole = async (bytes: Uint8Array): Promise<Pixels | undefined> => {
  try {
    return await decoder?.(bytes);
  } catch {
    // The usual decoder says what is wrong, or makes the best of it.
    return undefined;
  }
};
