import { UnderstoryError, type DatasetRequest } from '@understory/core';
import { badDataset, badImages, shortNames, type Fault } from '../errors.ts';
import { checkImages } from '../image/checkImages.ts';
import { decodeImage, imageSize } from '../image/decodeImage.ts';
import { pathOf, reasonOf } from '../image/imageSamples.ts';
import { LOOSE, type EmptyClass, type ItemList, type Item } from './listItems.ts';
import type { LeftItem } from './leftOut.ts';
import type { ParsedImagesOptions } from './options.ts';

export interface ReadableItems {
  /** Images that can be read, as far as was looked. */
  readonly items: readonly Item[];
  readonly size: readonly [number, number];
  readonly left: readonly LeftItem[];
}

/** Largest side that is taken from the first image where no size is given. */
const MAX_GUESS = 256;

/** Size of the first image that can be decoded, of those that are tried. */
const guessSize = async (
  items: readonly Item[],
  options: ParsedImagesOptions,
): Promise<readonly [number, number]> => {
  const faults: Fault[] = [];
  for (const item of items.slice(0, options.onBadImage === 'skip' ? 100 : 1)) {
    try {
      const bytes = await item.source.read(item.index);
      const size = await imageSize(bytes, options);
      if (Math.max(...size) <= MAX_GUESS) await decodeImage(bytes, options);
      return size;
    } catch (error) {
      faults.push({ path: pathOf(item), reason: reasonOf(error) });
    }
  }
  throw badImages(faults);
};

const sizeOf = async (
  items: readonly Item[],
  options: ParsedImagesOptions,
): Promise<readonly [number, number]> => {
  if (options.size) return options.size;
  const [height, width] = await guessSize(items, options);
  if (Math.max(height, width) <= MAX_GUESS) return [height, width];
  const { message } = badDataset(
    options.root,
    `its first image is ${height} x ${width} pixels; say to what size all are resized, with the option size: [224, 224], say`,
  );
  throw new UnderstoryError('no-size', message);
};

const faultOf = (item: Item): Fault[] =>
  item.fault === undefined ? [] : [{ path: pathOf(item), reason: item.fault }];

const emptyFault = ({ split, className }: EmptyClass): Fault => ({
  path: `${split === 'all' ? '' : `${split}: `}class folder "${className}"`,
  reason: 'empty',
});

const leftOf = (item: Item, reason: string): LeftItem => ({
  reason: 'cannot be read',
  className: item.className,
  example: `${pathOf(item)}: ${reason}`,
});

/** What was found in place of images in class folders. */
const instead = (left: readonly LeftItem[]): string => {
  const loose = left.filter(({ reason }) => reason === LOOSE).length;
  if (loose > 0) return `; ${loose} image${loose === 1 ? ' lies' : 's lie'} loose`;
  return left.length === 0 ? '' : `; it holds ${shortNames(left.map(({ example }) => example))}`;
};

/** Finds what cannot be read: what the listing shows at once, and by decoding where that is asked for. */
export const readableItems = async (
  { items, empty, left }: ItemList,
  options: ParsedImagesOptions,
  progress?: DatasetRequest['progress'],
): Promise<ReadableItems> => {
  const skips = options.onBadImage === 'skip';
  const faults = [...empty.map(emptyFault), ...items.flatMap(faultOf)];
  if (faults.length > 0 && !skips) throw badImages(faults);
  const sound = items.filter(({ fault }) => fault === undefined);
  if (sound.length === 0) {
    if (faults.length > 0) throw badImages(faults);
    throw badDataset(
      options.root,
      `no class folder with an image in it was found${instead(left)}. Arrange it as <class>/<image>`,
    );
  }
  const size = await sizeOf(sound, options);
  if (!skips && !options.check) return { items: sound, size, left };
  const bad = await checkImages(sound, { ...options, size }, progress);
  const found = [...bad].map(([position, reason]) => ({ path: pathOf(sound[position]!), reason }));
  if (found.length > 0 && !skips) throw badImages(found);
  const unread = [
    ...items.flatMap((item) => (item.fault === undefined ? [] : [leftOf(item, item.fault)])),
    ...[...bad].map(([position, reason]) => leftOf(sound[position]!, reason)),
  ];
  return { items: sound.filter((_, position) => !bad.has(position)), size, left: [...left, ...unread] };
};
