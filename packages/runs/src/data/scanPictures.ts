import { createHash } from 'node:crypto';
import { SPLITS, type Dataset, type Picture, type SplitName } from '@understory/core';
import {
  channelCounter,
  hashTable,
  pictureHashes,
  type ChannelStats,
  type HashTable,
} from '@understory/datasets';
import type { OnProgress } from '../listeners.ts';
import { eachPicture } from './eachPicture.ts';

/** What was seen of each picture of a split. */
export interface ScannedSplit {
  readonly split: SplitName;
  /** A hash of size and pixels of each picture; '' where it cannot be read. */
  readonly pixels: string[];
  readonly hashes: HashTable;
  /** Of the mirror images. */
  readonly mirrored: HashTable;
  readonly channels: ChannelStats | undefined;
}

/** A picture that cannot be decoded. */
export interface Unreadable {
  readonly split: SplitName;
  readonly position: number;
  readonly name: string;
  readonly reason: string;
}

export interface Scan {
  readonly splits: readonly ScannedSplit[];
  readonly unreadable: readonly Unreadable[];
  /** Pictures of one grey all over, which have no hashes. */
  readonly plain: number;
}

/** Equal for equal pixels in equal shape; 16 bytes are enough for all pictures there are. */
const pixelHash = ({ data, height, width }: Picture): string =>
  createHash('sha256').update(`${height}x${width}:`).update(data).digest('binary').slice(0, 16);

type Tell = (split: SplitName, position: number, reason: string) => void;

const scanSplit = async (
  split: SplitName,
  samples: Dataset[SplitName],
  told: { readonly fault: Tell; readonly plain: () => void; readonly one: () => void },
): Promise<ScannedSplit> => {
  const pixels = new Array<string>(samples.length).fill('');
  const [hashes, mirrored] = [hashTable(samples.length), hashTable(samples.length)];
  const channels = channelCounter();
  await eachPicture(samples, {
    visit(position, picture) {
      pixels[position] = pixelHash(picture);
      channels.add(picture);
      const found = pictureHashes(picture);
      if (found) {
        hashes.set(position, found.own);
        mirrored.set(position, found.mirrored);
      } else told.plain();
      told.one();
    },
    fault(position, reason) {
      told.fault(split, position, reason);
      told.one();
    },
  });
  return { split, pixels, hashes, mirrored, channels: channels.end() };
};

/** Decodes every picture of a dataset once. What cannot be read is told, and ends nothing. */
export const scanPictures = async (dataset: Dataset, onProgress?: OnProgress): Promise<Scan> => {
  const total = SPLITS.reduce((sum, split) => sum + dataset[split].length, 0);
  const unreadable: Unreadable[] = [];
  let [done, plain] = [0, 0];
  const splits: ScannedSplit[] = [];
  for (const split of SPLITS)
    splits.push(
      await scanSplit(split, dataset[split], {
        fault: (of, position, reason) =>
          unreadable.push({ split: of, position, name: dataset[of].describe(position), reason }),
        plain: () => plain++,
        one: () => onProgress?.(++done, total, 'decoding pictures'),
      }),
    );
  return { splits, unreadable, plain };
};
