import { badDataset } from '../errors.ts';
import type { ImageRef } from '../image/imageSamples.ts';
import type { FileSource } from '../sources/fileSource.ts';
import { layoutOf, type ClassFolders, type Layout } from './layout.ts';

/** `all`: images of a source without split folders. */
export type SplitName = 'all' | 'train' | 'validation' | 'test';

/** An image with the split and the class that its folder says. */
export interface Item extends ImageRef {
  readonly split: SplitName;
  readonly className: string;
}

export interface Gathered {
  readonly items: readonly Item[];
  /** Class folders without a file. */
  readonly empty: readonly string[];
}

const SPLITS = ['all', 'train', 'validation', 'test'] as const;

const gatherFolders = (source: FileSource, split: SplitName, classes: ClassFolders): Gathered => {
  const named = [...classes].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    items: named.flatMap(([className, members]) =>
      members.map((index) => ({ source, index, split, className })),
    ),
    empty: named.flatMap(([name, members]) =>
      members.length === 0 ? [`${split === 'all' ? '' : `${split}: `}class folder "${name}" (empty)`] : [],
    ),
  };
};

const gatherLayout = (source: FileSource, layout: Layout): Gathered => {
  const parts = SPLITS.flatMap((split) =>
    layout[split] ? [gatherFolders(source, split, layout[split])] : [],
  );
  return { items: parts.flatMap(({ items }) => items), empty: parts.flatMap(({ empty }) => empty) };
};

/** Everything that a dataset is made of: the root's images, and those of a test set that lies apart. */
export const gather = (root: FileSource, test?: FileSource): Gathered => {
  const layout = layoutOf(root);
  if (!test) return gatherLayout(root, layout);
  if (layout.test)
    throw badDataset(
      root.name,
      `it has a test folder, and the option test names ${test.name}; leave one out`,
    );
  const apart = layoutOf(test);
  const classes = apart.test ?? apart.all;
  if (!classes) throw badDataset(test.name, 'it has a train folder, but none named test');
  const main = gatherLayout(root, layout);
  const other = gatherFolders(test, 'test', classes);
  return { items: [...main.items, ...other.items], empty: [...main.empty, ...other.empty] };
};
