import { UnderstoryError, type DatasetRequest } from '@understory/core';
import { badDataset, badImages } from '../errors.ts';
import { checkImages } from '../image/checkImages.ts';
import { decodeImage } from '../image/decodeImage.ts';
import { pathOf, reasonOf } from '../image/imageSamples.ts';
import type { Gathered, Item } from './gather.ts';
import type { ParsedImagesOptions } from './options.ts';

export interface Sifted {
  /** Images that can be read, as far as was looked. */
  readonly items: readonly Item[];
  readonly size: readonly [number, number];
  /** What was left out, `name: why` each. */
  readonly skipped: readonly string[];
}

/** Largest side that is taken from the first image where no size is given. */
const MAX_GUESS = 256;

/** Size of the first image that can be decoded, of those that are tried. */
const guessSize = async (
  items: readonly Item[],
  options: ParsedImagesOptions,
): Promise<readonly [number, number]> => {
  const faults: string[] = [];
  for (const item of items.slice(0, options.onBadImage === 'skip' ? 100 : 1)) {
    try {
      const { height, width } = await decodeImage(await item.source.read(item.index), {
        ...options,
        size: undefined,
      });
      if (Math.max(height, width) <= MAX_GUESS) return [height, width];
      throw badDataset(
        options.root,
        `its first image is ${height} x ${width} pixels; say to what size all are resized, with the option size: [224, 224], say`,
      );
    } catch (error) {
      if (error instanceof UnderstoryError && error.code === 'bad-dataset') throw error;
      faults.push(`${pathOf(item)}: ${reasonOf(error)}`);
    }
  }
  throw badImages(faults);
};

/** Finds what cannot be read: what the listing shows at once, and by decoding where that is asked for. */
export const sift = async (
  { items, empty }: Gathered,
  options: ParsedImagesOptions,
  progress?: DatasetRequest['progress'],
): Promise<Sifted> => {
  const faultOf = ({ source, index }: Item): string | undefined => source.files[index]!.fault;
  const skips = options.onBadImage === 'skip';
  const listed = items.flatMap((item) => (faultOf(item) ? [`${pathOf(item)}: ${faultOf(item)!}`] : []));
  const faults = [...empty, ...listed];
  if (faults.length > 0 && !skips) throw badImages(faults);
  const sound = items.filter((item) => !faultOf(item));
  if (sound.length === 0) {
    throw badDataset(
      options.root,
      'no class folder with an image in it was found. Arrange it as <class>/<image>',
    );
  }
  const size = options.size ?? (await guessSize(sound, options));
  if (!skips && !options.check) return { items: sound, size, skipped: [] };
  const bad = await checkImages(sound, { ...options, size }, progress);
  const named = [...bad].map(([position, why]) => `${pathOf(sound[position]!)}: ${why}`);
  if (named.length > 0 && !skips) throw badImages(named);
  return { items: sound.filter((_, position) => !bad.has(position)), size, skipped: [...faults, ...named] };
};
