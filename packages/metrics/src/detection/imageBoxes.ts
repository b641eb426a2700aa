import { BOX_KINDS, UnderstoryError, type BoxEdges } from '@understory/core';

export type { BoxEdges };

/** A box that is in the picture. */
export interface TrueBox {
  /** In pixels of the picture as stored. */
  readonly box: BoxEdges;
  readonly class: number;
  /** What it counts for: see core's `BOX_KINDS`. */
  readonly kind: number;
  /** Pixels² that the thing takes, by which it is small, medium or large: of its outline, if the dataset has that. */
  readonly area: number;
}

/** A box that a detector says is in the picture. */
export interface FoundBox {
  readonly box: BoxEdges;
  readonly class: number;
  readonly probability: number;
}

/** What is in a picture, and what was found in it. */
export interface ImageBoxes {
  readonly truth: readonly TrueBox[];
  readonly found: readonly FoundBox[];
}

/** What an image has of one class; `found` in order of falling rank. */
export type ClassBoxes = ImageBoxes & { readonly class: number };

const KINDS: readonly number[] = Object.values(BOX_KINDS);

/** Pixels² of a box; none of one whose edges are swapped, NaN of one with a NaN. */
export const areaOf = ([top, left, bottom, right]: BoxEdges): number =>
  Math.max(0, bottom - top) * Math.max(0, right - left);

export const isFiniteBox = ({ box }: Pick<FoundBox, 'box'>): boolean => box.every(Number.isFinite);

const NOWHERE: BoxEdges = [NaN, NaN, NaN, NaN];

/** A found box as it is measured: one whose probability is not finite is a false alarm before all others, so that no detector gains by it. */
export const measurable = (found: FoundBox): FoundBox =>
  Number.isFinite(found.probability) ? found : { ...found, box: NOWHERE, probability: Infinity };

/** Detections in order of falling probability; equal ones stay in their order. */
export const ranked = (found: readonly FoundBox[]): FoundBox[] =>
  found.map(measurable).toSorted((a, b) => compare(b.probability, a.probability));

// Not a difference, which is NaN of two infinite ones.
export const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

const checkClass = (what: string, name: number, classes: number): void => {
  if (!Number.isInteger(name) || name < 0 || name >= classes)
    throw new UnderstoryError(
      'bad-label',
      `${what} has class ${name}; classes go from 0 to ${classes - 1}. Give the number of a class of the dataset.`,
    );
};

const checkTruth = (what: string, truth: TrueBox, classes: number): void => {
  checkClass(what, truth.class, classes);
  if (!isFiniteBox(truth) || !Number.isFinite(truth.area))
    throw new UnderstoryError(
      'bad-label',
      `${what} is [${truth.box.join(', ')}] with area ${truth.area}; expected finite numbers of pixels.`,
    );
  if (!KINDS.includes(truth.kind))
    throw new UnderstoryError(
      'bad-label',
      `${what} has kind ${truth.kind}; expected one of ${KINDS.join(', ')}.`,
    );
};

/**
 * Throws `bad-label` where a class is none of the dataset's, or a true box has numbers that are not finite. A detector may
 * say what it likes: a found box that is not finite overlaps nothing, so it is a false alarm.
 */
export const checkBoxes = ({ truth, found }: ImageBoxes, image: number, classes: number): void => {
  truth.forEach((box, i) => checkTruth(`Image ${image}: true box ${i}`, box, classes));
  found.forEach((box, i) => checkClass(`Image ${image}: found box ${i}`, box.class, classes));
};

/** An image's boxes class by class, of the classes that it has boxes of; detections ranked. */
export const byClass = ({ truth, found }: ImageBoxes): ClassBoxes[] => {
  const parts = new Map<number, { truth: TrueBox[]; found: FoundBox[] }>();
  const part = (name: number) => {
    const known = parts.get(name) ?? { truth: [], found: [] };
    parts.set(name, known);
    return known;
  };
  for (const box of truth) part(box.class).truth.push(box);
  for (const box of ranked(found)) part(box.class).found.push(box);
  return [...parts].map(([name, boxes]) => ({ class: name, ...boxes }));
};
