import type { SplitName } from '@understory/core';
import { badDataset, shortNames } from '../errors.ts';
import type { ImageRef } from '../image/imageSamples.ts';
import type { FileSource } from '../sources/fileSource.ts';
import { LINKS_CURE } from '../sources/walk.ts';
import { folderTree } from './folders.ts';
import { layoutOf, type Classes, type Layout } from './layout.ts';
import type { LeftItem } from './leftOut.ts';
import type { ParsedImagesOptions } from './options.ts';
import { findImages, type FoundImages } from './findImages.ts';

/** `all`: images of a source without split folders. */
export type ItemSplit = SplitName | 'all';

/** Whether a split's images are learned from. */
export const isTrained = ({ split }: { readonly split: ItemSplit }): boolean =>
  split === 'all' || split === 'train';

/** An image with the split and the class that its folder says. */
export interface Item extends ImageRef {
  readonly split: ItemSplit;
  readonly className: string;
  /** Why it cannot be read, as far as that is known without decoding. */
  readonly fault?: string | undefined;
}

export interface EmptyClass {
  readonly split: ItemSplit;
  readonly className: string;
}

export interface ItemList {
  readonly items: readonly Item[];
  /** Class folders without an image. */
  readonly empty: readonly EmptyClass[];
  readonly left: readonly LeftItem[];
}

const ITEM_SPLITS = ['all', 'train', 'validation', 'test'] as const satisfies readonly ItemSplit[];

interface Opened {
  readonly source: FileSource;
  readonly files: FoundImages;
  readonly layout: Layout;
}

const open = async (source: FileSource, splits: ParsedImagesOptions['splits']): Promise<Opened> => {
  const files = await findImages(source);
  const { images, leftOut } = files;
  if (images.length + files.unfollowed.length === 0 && source.folders.length === 0) {
    const others = leftOut.map(({ path }) => path);
    throw badDataset(
      source.name,
      `it holds ${others.length === 0 ? 'nothing' : `no image, but ${shortNames(others)}`}. Arrange it as <class>/<image>`,
    );
  }
  const others = leftOut.filter(({ reason }) => reason !== 'hidden').map(({ path }) => path);
  const root = folderTree({ folders: source.folders, images, others });
  return { source, files, layout: layoutOf(source.name, root, splits) };
};

const itemsOf = (source: FileSource, split: ItemSplit, classes: Classes): Item[] =>
  [...classes]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([className, members]) =>
      members.map(({ index, fault }) => ({ source, index, split, className, fault })),
    );

const emptyOf = (split: ItemSplit, classes: Classes): EmptyClass[] =>
  [...classes].flatMap(([className, members]) => (members.length === 0 ? [{ split, className }] : []));

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

export const LOOSE = 'loose, in no class folder';

/** Why an image has no place in the layout. */
const outside = (path: string): string => {
  const folder = parentOf(path);
  return folder === '' ? LOOSE : `in "${folder}", which is no class folder of a split`;
};

/**
 * Links to folders that were not followed: below a class folder each is one image that cannot be read; elsewhere it may
 * be a class or a split. Errors: `bad-dataset`.
 */
const itemsOfLinks = ({ source, files }: Opened, items: readonly Item[]): Item[] => {
  if (files.unfollowed.length === 0) return [];
  const byFolder = new Map(items.map((item) => [parentOf(source.files[item.index]!.path), item]));
  return files.unfollowed.map(({ index, path, fault }) => {
    for (let folder = parentOf(path); folder !== ''; folder = parentOf(folder)) {
      const neighbour = byFolder.get(folder);
      if (neighbour) return { ...neighbour, index, fault };
    }
    throw badDataset(source.name, `${path} is ${fault}. ${LINKS_CURE}`);
  });
};

/** The items of some splits of a source, each under the split that it shall be of, and what the source holds besides. */
const itemsOfSplits = (opened: Opened, splits: ReadonlyMap<ItemSplit, ItemSplit>): ItemList => {
  const { source, files, layout } = opened;
  const chosen = [...splits].flatMap(([split, as]) => (layout[split] ? [[as, layout[split]] as const] : []));
  const items = chosen.flatMap(([split, classes]) => itemsOf(source, split, classes));
  const used = new Set(items.map(({ index }) => index));
  const unused = files.images.filter(({ index }) => !used.has(index));
  return {
    items: items.concat(itemsOfLinks(opened, items)),
    empty: chosen.flatMap(([split, classes]) => emptyOf(split, classes)),
    left: [
      ...files.leftOut.map(({ path, reason }) => ({ reason, example: path })),
      ...unused.map(({ path }) => ({ reason: outside(path), example: path })),
    ],
  };
};

const as = (...splits: readonly ItemSplit[]): Map<ItemSplit, ItemSplit> =>
  new Map(splits.map((split) => [split, split]));

/** Everything that a dataset is made of: the root's images, and those of a test set that lies apart. */
export const listItems = async (
  root: FileSource,
  test: FileSource | undefined,
  { splits }: ParsedImagesOptions,
): Promise<ItemList> => {
  const opened = await open(root, splits);
  const { layout } = opened;
  if (!layout.all && !layout.train) {
    const have = Object.keys(layout).join(' and ');
    throw badDataset(
      root.name,
      `it has a ${have} folder, but none to train on. splits: { train: "folder" } names it; splits: none makes all folders classes`,
    );
  }
  if (!test) return itemsOfSplits(opened, as(...ITEM_SPLITS));
  if (layout.test)
    throw badDataset(
      root.name,
      `it has a test folder, and the option test names ${test.name}; leave one out`,
    );
  const apart = await open(test, splits === 'none' ? 'none' : 'auto');
  const split = apart.layout.test ? 'test' : 'all';
  if (!apart.layout[split]) throw badDataset(test.name, 'it has a train folder, but none named test');
  const [main, other] = [
    itemsOfSplits(opened, as(...ITEM_SPLITS)),
    itemsOfSplits(apart, new Map([[split, 'test']])),
  ];
  if (other.items.length + other.empty.length === 0)
    throw badDataset(
      test.name,
      'the option test names it, and no class folder with an image in it was found. Arrange it as <class>/<image>',
    );
  return {
    items: [...main.items, ...other.items],
    empty: [...main.empty, ...other.empty],
    left: [...main.left, ...other.left],
  };
};
