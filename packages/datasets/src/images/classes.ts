import { nearest } from '@understory/core';
import { badDataset, quotedNames, shortNames, shortPath } from '../errors.ts';
import { normalizedName } from './checkFolders.ts';
import { isTrained, type Item, type ItemList } from './listItems.ts';
import type { LeftItem } from './leftOut.ts';
import type { ParsedImagesOptions } from './options.ts';

/** Keeps the classes that the option names; the images of the others are counted. Errors: `bad-dataset`. */
export const chosenClasses = (list: ItemList, { classes, root }: ParsedImagesOptions): ItemList => {
  if (!classes) return list;
  const wanted = new Set(classes);
  const known = [...new Set(list.items.map(({ className }) => className))];
  for (const name of classes) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    throw badDataset(
      root,
      `the option classes names ${JSON.stringify(name)}, which has no image.${near ? ` Did you mean ${JSON.stringify(near)}?` : ''} It holds ${shortNames(known)}`,
    );
  }
  const out = list.items.filter(({ className }) => !wanted.has(className));
  const left: LeftItem[] = out.map(({ source, index, className }) => ({
    reason: 'of a class that the option classes leaves out',
    className,
    example: source.files[index]!.path,
  }));
  return {
    items: list.items.filter(({ className }) => wanted.has(className)),
    empty: list.empty.filter(({ className }) => wanted.has(className)),
    left: [...list.left, ...left],
  };
};

/** Classes that are spelled differently in another split's folders, or that only another split has. */
const unknownClass = (root: string, unknown: readonly Item[], trained: ReadonlySet<string>): Error => {
  const [{ split, className }] = unknown as [Item];
  const names = [...new Set(unknown.map((item) => item.className))];
  const alike = [...trained].find((name) => normalizedName(name) === normalizedName(className));
  if (alike !== undefined)
    return badDataset(
      root,
      `its ${split} folder names a class ${JSON.stringify(className)}, its train folder ${JSON.stringify(alike)}. Rename one of them`,
    );
  return badDataset(
    root,
    `there are no training images of class ${shortNames(names)}, which its ${split} images have. ` +
      "Add some, or name the classes to use with the dataset's option classes",
  );
};

/**
 * The classes, in order: those of the training images. Each class that was listed must have kept one, and another split may
 * have no more. `before` are the images as they were listed, with those that cannot be read. Errors: `bad-dataset`.
 */
export const trainedClasses = (
  { items, before }: { readonly items: readonly Item[]; readonly before: ItemList },
  left: readonly LeftItem[],
  { root }: ParsedImagesOptions,
): string[] => {
  const trained = new Set(items.filter(isTrained).map(({ className }) => className));
  const listedNames = new Set(before.items.filter(isTrained).map(({ className }) => className));
  const unknown = items.filter(({ className }) => !listedNames.has(className));
  if (unknown.length > 0) throw unknownClass(root, unknown, listedNames);
  const lost = [...listedNames].filter((name) => !trained.has(name));
  if (lost.length > 0) {
    const why = left.filter(({ className }) => className === lost[0]);
    throw badDataset(
      root,
      `class ${quotedNames(lost)} has no training image left: none of its ${why.length} can be read (${shortPath(why[0]?.example ?? '', 100)}). Repair them, or name the classes to use with the dataset's option classes`,
    );
  }
  return [...trained].sort();
};
