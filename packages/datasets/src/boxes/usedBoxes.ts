import { nearest } from '@understory/core';
import { badDataset, quotedNames, shortNames, shortPath } from '../errors.ts';
import { pathOf } from '../image/imageSamples.ts';
import type { LeftItem } from '../images/leftOut.ts';
import type { Annotated, AnnotatedBox, AnnotatedImage } from './annotated.ts';
import { BOX_KINDS } from '@understory/core';
import type { ParsedBoxOptions } from './options.ts';
import { checkedImage } from './rules.ts';

const isTrained = ({ split }: AnnotatedImage): boolean => split === 'train' || split === 'all';

const namesIn = (images: readonly AnnotatedImage[]): Set<string> =>
  new Set(images.flatMap(({ boxes }) => boxes.map(({ className }) => className)));

/** Throws where a class that is asked for is none of the source's. */
const checkChosen = (root: string, chosen: readonly string[], known: readonly string[]): void => {
  const missing = chosen.find((name) => !known.includes(name));
  if (missing === undefined) return;
  const near = nearest(missing, known);
  throw badDataset(
    root,
    `it has no class ${quotedNames([missing])}, which the option classes names.${near === undefined ? '' : ` Did you mean ${quotedNames([near])}?`} It has ${shortNames(known)}`,
  );
};

/** Names of the classes, in order: those asked for, those that the format says, or those of the training boxes, sorted. */
const classesOf = (
  { images, classes }: Annotated,
  { root, classes: chosen }: ParsedBoxOptions,
): readonly string[] => {
  const known = classes ?? [...namesIn(images)].sort();
  if (chosen) {
    checkChosen(root, chosen, known);
    return chosen;
  }
  if (classes) return classes;
  const trained = namesIn(images.filter(isTrained));
  const unknown = known.filter((name) => !trained.has(name));
  if (unknown.length > 0 && trained.size > 0)
    throw badDataset(
      root,
      `there are no training boxes of class ${quotedNames(unknown)}, which other images have. Add some, or name the classes to use with the dataset's option classes`,
    );
  return known;
};

export interface UsedBoxes {
  readonly images: readonly AnnotatedImage[];
  readonly classes: readonly string[];
}

/** The boxes that are used, by class and rule; `left` takes the others. Errors: `bad-dataset`. */
export const usedBoxes = (found: Annotated, options: ParsedBoxOptions, left: LeftItem[]): UsedBoxes => {
  const classes = classesOf(found, options);
  const used = new Set(classes);
  const checked = found.images.map((image) => checkedImage(image, used, options, left));
  const images = checked.filter((image) => {
    if (image.boxes.length > 0 || options.empty === 'keep') return true;
    left.push({ reason: 'images without boxes', example: shortPath(pathOf(image)) });
    return false;
  });
  if (!images.some((image) => isTrained(image) && image.boxes.length > 0))
    throw badDataset(
      options.root,
      `none of its ${found.images.filter(isTrained).length} training images has a box that can be used`,
    );
  return { images, classes };
};

const areaOf = ({ corners: [top, left, bottom, right] }: AnnotatedBox): number =>
  (bottom - top) * (right - left);

/** The image's largest boxes, single things before crowds; `left` takes the others. */
export const fewerBoxes = (image: AnnotatedImage, most: number, left: LeftItem[]): AnnotatedImage => {
  if (image.boxes.length <= most) return image;
  const isCrowd = ({ kind }: AnnotatedBox): number => (kind === BOX_KINDS.crowd ? 1 : 0);
  const order = [...image.boxes].sort((a, b) => isCrowd(a) - isCrowd(b) || areaOf(b) - areaOf(a));
  const kept = new Set(order.slice(0, most));
  const example = shortPath(pathOf(image));
  for (let i = most; i < order.length; i++)
    left.push({ reason: `boxes over the ${most} of a training image`, example });
  return { ...image, boxes: image.boxes.filter((box) => kept.has(box)) };
};
