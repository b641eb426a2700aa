import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { inPool, UnderstoryError, type DatasetRequest } from '@understory/core';
import { fileError } from '@understory/core/file-error';
import { cachePath, writeWhole } from '../cache.ts';
import { badDataset, badImages, type Fault } from '../errors.ts';
import { decodeImage } from '../image/decodeImage.ts';
import { IN_FLIGHT, reasonOf, type PixelsAt } from '../image/imageSamples.ts';
import type { Asks } from './asks.ts';
import type { ParsedShardsOptions } from './options.ts';
import type { ShardStore } from './shardStore.ts';
import { storeStamp, type Usable } from './usableSamples.ts';

interface DecodeRequest extends Pick<Usable, 'size' | 'isUsed'> {
  readonly options: ParsedShardsOptions;
  readonly asks: Asks;
}

const MB = 2 ** 20;
/** Images that are written at a time. */
const CHUNK = 64;

const sizeIfThere = async (file: string): Promise<number> =>
  (await stat(file).catch(() => undefined))?.size ?? -1;

/** Makes room in the folder: what was used the longest ago goes first. */
const makeRoom = async (folder: string, most: number): Promise<void> => {
  const files = (await readdir(folder)).map((name) => path.join(folder, name));
  const found = await Promise.all(
    files.map(async (file) => ({ file, info: await stat(file).catch(() => undefined) })),
  );
  const oldest = found.sort((a, b) => (a.info?.mtimeMs ?? 0) - (b.info?.mtimeMs ?? 0));
  let all = oldest.reduce((sum, { info }) => sum + (info?.size ?? 0), 0);
  for (const { file, info } of oldest) {
    if (all <= most) return;
    await rm(file, { force: true });
    all -= info?.size ?? 0;
  }
};

/** All images in order; of those that are not used, black. Errors: `bad-image`. */
async function* decodedParts(
  store: ShardStore,
  { size, isUsed, options }: DecodeRequest,
  progress?: DatasetRequest['progress'],
): AsyncGenerator<Uint8Array> {
  const each = size[0] * size[1] * 3;
  for (let from = 0; from < store.length; from += CHUNK) {
    const count = Math.min(CHUNK, store.length - from);
    const part = new Uint8Array(count * each);
    const faults: Fault[] = [];
    await inPool(count, IN_FLIGHT, async (i) => {
      if (!isUsed(from + i)) return;
      try {
        part.set((await decodeImage(await store.read(from + i), { ...options, size })).data, i * each);
      } catch (error) {
        faults.push({ path: store.name(from + i), reason: reasonOf(error) });
      }
    });
    if (faults.length > 0) throw badImages(faults);
    yield part;
    progress?.(from + count, store.length, 'decoding images');
  }
}

const writeDecoded = async (
  file: string,
  store: ShardStore,
  { request, progress }: { readonly request: DecodeRequest; readonly progress?: DatasetRequest['progress'] },
): Promise<void> => {
  const folder = path.dirname(file);
  const { size, options } = request;
  try {
    await mkdir(folder, { recursive: true });
    await makeRoom(folder, options.decoded * MB - store.length * size[0] * size[1] * 3);
    await writeWhole(file, decodedParts(store, request, progress), { sync: true });
  } catch (error) {
    throw error instanceof UnderstoryError ? error : fileError('write', file, error);
  }
};

/**
 * Pixels of all images from one file in the cache folder, which is made where it is not there: whole, or not at all. It is
 * of these shards as they are, this size and this decoder. Undefined where the option keeps none. Errors: `bad-dataset`
 * where it does not fit, `bad-image`, `write-failed`.
 */
export const openDecoded = async (
  store: ShardStore,
  request: DecodeRequest,
  progress?: DatasetRequest['progress'],
): Promise<PixelsAt | undefined> => {
  const { options, size, asks } = request;
  if (options.decoded === 0) return undefined;
  const each = size[0] * size[1] * 3;
  const bytes = each * store.length;
  if (bytes > options.decoded * MB)
    throw badDataset(
      options.root,
      `its decoded images take ${Math.ceil(bytes / MB)} MB, and the option decoded allows ${options.decoded}. Raise it, or set it to 0`,
    );
  const { maxPixels, background, onBadImage } = options;
  const key = await storeStamp(store, ['decoded', size, maxPixels, background, onBadImage, asks]);
  const file = cachePath('decoded', `${key}.pixels`);
  if ((await sizeIfThere(file)) !== bytes) await writeDecoded(file, store, { request, progress });
  const now = new Date();
  await utimes(file, now, now).catch(() => undefined);
  return async (position) => {
    const pixels = await store.handles.read(file, position * each, each);
    if (pixels.length === each) return pixels;
    throw new UnderstoryError('bad-image', 'cut off in the cache of decoded images; delete that');
  };
};
