import { UnderstoryError, type DatasetRequest } from '@understory/core';
import { badDataset, badImages, type Fault } from '../errors.ts';
import { checkImages } from '../image/checkImages.ts';
import { decodeImage, imageSize } from '../image/decodeImage.ts';
import { pathOf, reasonOf, type ImageRef } from '../image/imageSamples.ts';
import type { Item, ItemList } from './listItems.ts';
import type { LeftItem } from './leftOut.ts';
import type { ParsedImagesOptions } from './options.ts';

/** An image that may be one that cannot be read. */
export interface ReadItem extends ImageRef {
  readonly className?: string | undefined;
  /** Why it cannot be read, as far as that is known without decoding. */
  readonly fault?: string | undefined;
}

/** What reading needs to know of a dataset's options. */
export type ReadOptions = Pick<
  ParsedImagesOptions,
  'root' | 'size' | 'onBadImage' | 'check' | 'maxPixels' | 'background'
>;

export interface ReadableItems<T extends ReadItem = Item> {
  /** Images that can be read, as far as was looked. */
  readonly items: readonly T[];
  readonly size: readonly [number, number];
  readonly left: readonly LeftItem[];
}

/** Largest side that is taken from the first image where no size is given. */
const MAX_GUESS = 256;

/** Size of the first image that can be decoded, of those that are tried. */
const guessSize = async (
  items: readonly ReadItem[],
  options: ReadOptions,
): Promise<readonly [number, number]> => {
  const faults: Fault[] = [];
  const skips = options.onBadImage === 'skip';
  for (const item of items.slice(0, skips ? 100 : 1)) {
    try {
      const bytes = await item.source.read(item.index);
      const size = await imageSize(bytes, options);
      if (Math.max(...size) <= MAX_GUESS) await decodeImage(bytes, options);
      return size;
    } catch (error) {
      faults.push({ path: pathOf(item), reason: reasonOf(error) });
    }
  }
  throw badImages(faults, skips);
};

const sizeOf = async (
  items: readonly ReadItem[],
  options: ReadOptions,
): Promise<readonly [number, number]> => {
  if (options.size) return options.size;
  const [height, width] = await guessSize(items, options);
  if (Math.max(height, width) <= MAX_GUESS) return [height, width];
  const { message } = badDataset(
    options.root,
    `its first image is ${height} x ${width} pixels; say to what size all are resized, with the dataset's option size: [224, 224], say`,
  );
  throw new UnderstoryError('no-size', message);
};

const faultOf = (item: ReadItem): Fault[] =>
  item.fault === undefined ? [] : [{ path: pathOf(item), reason: item.fault }];

const leftOf = (item: ReadItem, reason: string): LeftItem => ({
  reason: 'cannot be read',
  className: item.className,
  example: `${pathOf(item)}: ${reason}`,
});

/** Finds what cannot be read: what is known of it at once, and by decoding where that is asked for. Errors: `bad-image`. */
export const soundItems = async <T extends ReadItem>(
  items: readonly T[],
  size: readonly [number, number],
  options: ReadOptions,
  progress?: DatasetRequest['progress'],
): Promise<{ readonly items: readonly T[]; readonly unread: readonly LeftItem[] }> => {
  const skips = options.onBadImage === 'skip';
  const sound = items.filter(({ fault }) => fault === undefined);
  if (!skips && !options.check) return { items: sound, unread: [] };
  const bad = await checkImages(sound, { ...options, size }, progress);
  const found = [...bad].map(([position, reason]) => ({ path: pathOf(sound[position]!), reason }));
  if (found.length > 0 && !skips) throw badImages(found);
  const unread = [
    ...items.flatMap((item) => (item.fault === undefined ? [] : [leftOf(item, item.fault)])),
    ...[...bad].map(([position, reason]) => leftOf(sound[position]!, reason)),
  ];
  return { items: sound.filter((_, position) => !bad.has(position)), unread };
};

/** The images of a list that can be read, one at least. Errors: `bad-image`. */
export const readableRows = async <T extends ReadItem>(
  items: readonly T[],
  options: ReadOptions,
  progress?: DatasetRequest['progress'],
): Promise<ReadableItems<T>> => {
  const faults = items.flatMap(faultOf);
  const sound = items.filter(({ fault }) => fault === undefined);
  if (faults.length > 0 && (options.onBadImage === 'error' || sound.length === 0))
    throw badImages(faults, sound.length === 0);
  const size = await sizeOf(sound, options);
  const { items: kept, unread } = await soundItems(items, size, options, progress);
  return { items: kept, size, left: unread };
};

/** The images of class folders that can be read, one at least. Errors: `bad-image`. */
export const readableItems = async (
  { items, left }: ItemList,
  options: ReadOptions,
  progress?: DatasetRequest['progress'],
): Promise<ReadableItems> => {
  const readable = await readableRows(items, options, progress);
  return { ...readable, left: [...left, ...readable.left] };
};
