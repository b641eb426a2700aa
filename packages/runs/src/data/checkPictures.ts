import type { Dataset, SplitName } from '@understory/core';
import type { ChannelStats } from '@understory/datasets';
import type { OnProgress } from '../listeners.ts';
import { equalImages, nearDuplicates, type EqualImages, type NearDuplicates } from './duplicates.ts';
import { scanPictures, type Unreadable } from './scanPictures.ts';

/** What is seen when every picture is decoded. */
export interface PictureCheck {
  readonly pictures: number;
  readonly unreadable: readonly Unreadable[];
  /** Pictures of one grey all over: near duplicates are not looked for among them. */
  readonly plain: number;
  /** Groups of images with equal pixels, within and between splits. */
  readonly equal: readonly EqualImages[];
  readonly near: readonly NearDuplicates[];
  /** Of the pictures at their own size, split by split. */
  readonly channels: readonly (ChannelStats & { readonly split: SplitName })[];
}

/** Decodes every picture once: which cannot be read, which are there twice or nearly so, and their means. */
export const checkPictures = async (dataset: Dataset, onProgress?: OnProgress): Promise<PictureCheck> => {
  const scan = await scanPictures(dataset, onProgress);
  const equal = equalImages(dataset, scan);
  const near = await nearDuplicates(dataset, scan, onProgress);
  return {
    pictures: scan.splits.reduce((sum, { pixels }) => sum + pixels.length, 0),
    unreadable: scan.unreadable,
    plain: scan.plain,
    ...{ equal, near },
    channels: scan.splits.flatMap(({ split, channels }) => (channels ? [{ split, ...channels }] : [])),
  };
};
