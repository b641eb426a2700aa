import type { SplitName } from '@understory/core';
import type { Corners } from '../boxes/annotated.ts';
import type { Cut } from '../image/cut.ts';
import type { SplitItem } from '../images/splitItems.ts';
import type { FileSource } from '../sources/fileSource.ts';

/** A picture as an official list has it. */
export interface ListedPicture {
  /** What the list calls it; the same however the dataset is packed. */
  readonly name: string;
  /** Its file in the source; undefined where it is not there. */
  readonly index: number | undefined;
  readonly split: SplitName;
  /** Position of its class in `Listed.classes`. */
  readonly label: number;
  /** The given box, where pictures are cut to theirs. */
  readonly box?: Corners | undefined;
  /** Why it cannot be used, though it is there. */
  readonly fault?: string | undefined;
}

/** A picture that is listed and there. */
export interface ListedItem extends SplitItem, Pick<ListedPicture, 'name' | 'label' | 'fault'> {
  readonly cut?: Cut | undefined;
}

/** What the official lists of a dataset say. */
export interface Listed {
  /** The dataset's own name, with what was done to its pictures. */
  readonly name: string;
  /** Names of all classes in the official order, also of those without a picture. */
  readonly classes: readonly string[];
  /** In the lists' order, split after split. */
  readonly pictures: readonly ListedPicture[];
  /** Rows at the bottom of each picture that are cut off. */
  readonly bottom?: number | undefined;
  /** The list to name where pictures are missing. */
  readonly list: string;
  /** Where splits come from that are no part of the official division by themselves. */
  readonly origins?: Readonly<Partial<Record<SplitName, string>>>;
}

/** Reads a dataset's lists. */
export type ListReader<Options> = (source: FileSource, options: Options) => Promise<Listed>;

/** An archive as its authors publish it, by its name, and how one sees that it was unpacked beside itself. */
export interface Published {
  readonly archive: RegExp;
  /** The path of something in it; `folder`: a folder of the archive's path without its ending. */
  readonly gives: RegExp | 'folder';
}

const ENDING = /\.(tar|tar\.gz|tgz|zip)$/i;

/** The path of an archive without its ending. */
export const stemOf = (path: string): string => path.replace(ENDING, '');

/** An archive of this name, a pattern, with any of their endings. */
export const published = (name: string, gives: Published['gives']): Published => ({
  archive: new RegExp(`^${name}${ENDING.source}`, 'i'),
  gives,
});
