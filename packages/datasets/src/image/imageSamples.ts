import { classSamples, concurrently, type Samples } from '@understory/core';
import { badImages, type Fault } from '../errors.ts';
import { checkPosition } from '../samples/samples.ts';
import type { FileSource } from '../sources/fileSource.ts';
import { decodeImage, type DecodeOptions } from './decodeImage.ts';

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

export const pathOf = ({ source, index }: ImageRef): string => source.files[index]!.path;
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

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

/** How the image at a position is decoded. */
type DecodeAt = (position: number) => DecodeOptions;

/** Reads images by position, decoded in Node's thread pool and kept in a cache. A read that fails names all that failed: `bad-image`. */
export const imageReader = (
  refs: readonly ImageRef[],
  { size, cacheBytes }: Pick<ImageSamplesOptions, 'size' | 'cacheBytes'>,
  decodeAt: DecodeAt,
): Samples['read'] => {
  const bytes = size[0] * size[1] * 3;
  const cache = fillingCache(refs.length, bytes, cacheBytes);
  const decodeInto = async (out: Uint8Array, at: number, position: number): Promise<Fault | undefined> => {
    const { source, index } = refs[position]!;
    try {
      const { data } = await decodeImage(await source.read(index), decodeAt(position));
      cache.put(position, data);
      out.set(data, at * bytes);
      return undefined;
    } catch (error) {
      return { path: source.files[index]!.path, reason: reasonOf(error) };
    }
  };
  return async (positions) => {
    const out = new Uint8Array(positions.length * bytes);
    const missing: number[] = [];
    for (let i = 0; i < positions.length; i++) {
      checkPosition(positions[i]!, refs.length);
      const pixels = cache.get(positions[i]!);
      if (pixels) out.set(pixels, i * bytes);
      else missing.push(i);
    }
    const faults = await concurrently(missing, IN_FLIGHT, (at) => decodeInto(out, at, positions[at]!));
    const found = faults.filter((fault) => fault !== undefined);
    if (found.length > 0) throw badImages(found);
    return out;
  };
};

/** Reads pictures by position at their own size. Errors: `bad-image`, with the reason alone; what the source throws. */
export const pictureReader =
  (refs: readonly ImageRef[], decodeAt: DecodeAt): NonNullable<Samples['readPicture']> =>
  async (position) => {
    checkPosition(position, refs.length);
    const { source, index } = refs[position]!;
    return decodeImage(await source.read(index), {
      ...decodeAt(position),
      size: undefined,
      within: undefined,
    });
  };

/** Images of one class each that are decoded when they are read. */
export const imageSamples = (
  refs: readonly ImageRef[],
  labels: Int32Array,
  options: ImageSamplesOptions,
): Samples => {
  const read = imageReader(refs, options, () => options);
  const describe = (position: number): string => pathOf(refs[position]!);
  const readPicture = pictureReader(refs, () => options);
  return classSamples({ length: refs.length, size: options.size, labels, read, readPicture, describe });
};
