import { badDataset, listed, shortNames, shortPath } from '../errors.ts';
import type { LeftItem } from './leftOut.ts';
import { isTrained, LOOSE, type EmptyClass, type ItemList } from './listItems.ts';
import type { ParsedImagesOptions } from './options.ts';

/** What was found in place of images in class folders. */
const instead = (left: readonly LeftItem[]): string => {
  const loose = left.filter(({ reason }) => reason === LOOSE).length;
  if (loose > 0) return `; ${loose} image${loose === 1 ? ' lies' : 's lie'} loose`;
  return left.length === 0 ? '' : `; it holds ${shortNames(left.map(({ example }) => example))}`;
};

/** `class folder "cat" is`, `class folders "cat", "dog" of test are`: the first three. */
const named = (empty: readonly EmptyClass[]): string => {
  const names = empty.map(
    ({ split, className }) =>
      `${JSON.stringify(shortPath(className, 20))}${split === 'all' ? '' : ` of ${split}`}`,
  );
  return `class folder${names.length === 1 ? '' : 's'} ${listed(names, 3)} ${names.length === 1 ? 'is' : 'are'}`;
};

/** Refuses a source whose class folders hold no image at all. Errors: `bad-dataset`. */
export const checkSome = ({ items, empty, left }: ItemList, { root }: ParsedImagesOptions): void => {
  if (items.length > 0) return;
  const problem =
    empty.length > 0
      ? `its ${named(empty)} empty${instead(left)}: there is no image to learn from. Put the images of each class into its folder`
      : `no class folder with an image in it was found${instead(left)}. Arrange it as <class>/<image>`;
  throw badDataset(root, problem);
};

/**
 * Refuses class folders that are empty: any, or where bad images are skipped those that leave a class without training images.
 * Errors: `bad-dataset`.
 */
export const checkFilled = (
  { items, empty }: ItemList,
  { root, onBadImage }: Pick<ParsedImagesOptions, 'root' | 'onBadImage'>,
): void => {
  const trained = new Set(items.filter(isTrained).map(({ className }) => className));
  const wrong = empty.filter(
    (folder) => onBadImage === 'error' || (isTrained(folder) && !trained.has(folder.className)),
  );
  if (wrong.length === 0) return;
  const it = wrong.length === 1 ? 'it' : 'them';
  throw badDataset(
    root,
    `its ${named(wrong)} empty. Fill ${it}, remove ${it}, or name the classes to use with the dataset's option classes`,
  );
};
