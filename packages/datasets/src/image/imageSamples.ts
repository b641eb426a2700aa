import { classSamples, concurrently, UnderstoryError, type Samples } from '@understory/core';
import { badImages, type Fault } from '../errors.ts';
import { checkPosition } from '../samples/samples.ts';
import type { FileSource } from '../sources/fileSource.ts';
import { decodeImage, type DecodeOptions } from './decodeImage.ts';
import { NO_DECODER } from './loadSharp.ts';

/** An encoded image: a file of a source. */
export interface ImageRef {
  readonly source: FileSource;
  readonly index: number;
}

export interface ImageSamplesOptions extends DecodeOptions {
  readonly size: readonly [number, number];
  /** Decoded images kept in memory, in bytes; what comes when it is full is decoded again each time. */
  readonly cacheBytes: number;
}

/** Decoded at once: enough for the four threads that Node's pool has, and their reading. */
export const IN_FLIGHT = 8;

/** Encoded images by position, wherever they lie. */
export interface EncodedImages {
  readonly length: number;
  read(position: number): Promise<Uint8Array>;
  /** Names an image in messages. */
  name(position: number): string;
}

export const pathOf = ({ source, index }: ImageRef): string => source.files[index]!.path;

/** Why an image cannot be read. Errors: the given one, where no image is at fault. */
export const reasonOf = (error: unknown): string => {
  if (error instanceof UnderstoryError && error.code === NO_DECODER) throw error;
  return error instanceof Error ? error.message : String(error);
};

interface Cache {
  get(position: number): Uint8Array | undefined;
  put(position: number, pixels: Uint8Array): void;
}

/** Fills up and then stays as it is: an epoch visits every image once, so whatever is replaced would be missed. */
const fillingCache = (images: number, bytes: number, most: number): Cache => {
  const capacity = Math.min(images, Math.floor(most / bytes));
  const slab = new Uint8Array(capacity * bytes);
  const slots = new Int32Array(images).fill(-1);
  let used = 0;
  return {
    get: (position) => {
      const slot = slots[position]!;
      return slot < 0 ? undefined : slab.subarray(slot * bytes, (slot + 1) * bytes);
    },
    put: (position, pixels) => {
      if (used === capacity || slots[position]! >= 0) return;
      slab.set(pixels, used * bytes);
      slots[position] = used++;
    },
  };
};

/** Files of sources as images by position. */
export const encodedFiles = (refs: readonly ImageRef[]): EncodedImages => ({
  length: refs.length,
  read: (position) => {
    const { source, index } = refs[position]!;
    return source.read(index);
  },
  name: (position) => pathOf(refs[position]!),
});

/** How the image at a position is decoded. */
type DecodeAt = (position: number) => DecodeOptions;

/** Gives the pixels [H, W, 3] of an image. */
export type PixelsAt = (position: number) => Promise<Uint8Array>;

/** Reads images by position and keeps as many in memory as there is room for. A read that fails names all that failed: `bad-image`. */
export const cachedReader = (
  images: Pick<EncodedImages, 'length' | 'name'>,
  { size, cacheBytes }: Pick<ImageSamplesOptions, 'size' | 'cacheBytes'>,
  pixelsAt: PixelsAt,
): Samples['read'] => {
  const bytes = size[0] * size[1] * 3;
  const cache = fillingCache(images.length, bytes, cacheBytes);
  const readInto = async (out: Uint8Array, at: number, position: number): Promise<Fault | undefined> => {
    try {
      const pixels = await pixelsAt(position);
      cache.put(position, pixels);
      out.set(pixels, at * bytes);
      return undefined;
    } catch (error) {
      return { path: images.name(position), reason: reasonOf(error) };
    }
  };
  return async (positions) => {
    const out = new Uint8Array(positions.length * bytes);
    const missing: number[] = [];
    for (let i = 0; i < positions.length; i++) {
      checkPosition(positions[i]!, images.length);
      const pixels = cache.get(positions[i]!);
      if (pixels) out.set(pixels, i * bytes);
      else missing.push(i);
    }
    const faults = await concurrently(missing, IN_FLIGHT, (at) => readInto(out, at, positions[at]!));
    const found = faults.filter((fault) => fault !== undefined);
    if (found.length > 0) throw badImages(found);
    return out;
  };
};

const decoding =
  (images: EncodedImages, decodeAt: DecodeAt): PixelsAt =>
  async (position) =>
    (await decodeImage(await images.read(position), decodeAt(position))).data;

/** Reads images by position, decoded in Node's thread pool and kept in a cache. Errors: `bad-image`. */
export const imageReader = (
  images: EncodedImages,
  options: Pick<ImageSamplesOptions, 'size' | 'cacheBytes'>,
  decodeAt: DecodeAt,
): Samples['read'] => cachedReader(images, options, decoding(images, decodeAt));

/** Reads pictures by position at their own size. Errors: `bad-image`, with the reason alone; what the source throws. */
export const pictureReader =
  (images: EncodedImages, decodeAt: DecodeAt): NonNullable<Samples['readPicture']> =>
  async (position) => {
    checkPosition(position, images.length);
    return decodeImage(await images.read(position), {
      ...decodeAt(position),
      size: undefined,
      within: undefined,
    });
  };

/** Images of one class each, decoded when they are read unless `pixelsAt` has them from elsewhere. */
export const imageSamples = (
  images: EncodedImages,
  labels: Int32Array,
  options: ImageSamplesOptions,
  pixelsAt: PixelsAt = decoding(images, () => options),
): Samples & { readonly groups: Int32Array } => {
  const { length } = images;
  const read = cachedReader(images, options, pixelsAt);
  const readPicture = pictureReader(images, () => options);
  const samples = { length, size: options.size, labels, read, describe: (at: number) => images.name(at) };
  return classSamples({ ...samples, readPicture, file: (position) => images.read(position) });
};
