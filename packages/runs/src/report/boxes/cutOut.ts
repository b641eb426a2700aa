import { FRAME, type NdArray, type Samples } from '@understory/core';
import type { BoxMistake, BoxSides } from '@understory/report';
import { cut, pictures } from '../pictures.ts';
import type { Mistake } from './mistakes.ts';

/** What is shown around a box, in times of its longer side, and in pixels at least. */
const AROUND = 0.5;
const LEAST = 10;

/** A row of the target `frame`. */
type Frame = readonly [
  top: number,
  left: number,
  bottom: number,
  right: number,
  height: number,
  width: number,
];

/** A box of the picture as stored, in pixels of the network's image. */
const inImage = ([top, left, bottom, right]: BoxSides, [y, x, low, far, height, width]: Frame): BoxSides => {
  const [down, across] = [(low - y) / height, (far - x) / width];
  return [y + top * down, x + left * across, y + bottom * down, x + right * across];
};

const within = (value: number, from: number, to: number): number => Math.max(from, Math.min(to, value));

/** The part of the image around a box, in whole pixels, of the picture alone. */
const partAround = ([top, left, bottom, right]: BoxSides, [y, x, low, far]: Frame): BoxSides => {
  const around = Math.max(LEAST, AROUND * Math.max(bottom - top, right - left));
  const upper = within(Math.floor(top - around), Math.floor(y), Math.ceil(low) - 1);
  const start = within(Math.floor(left - around), Math.floor(x), Math.ceil(far) - 1);
  return [
    upper,
    start,
    within(Math.ceil(bottom + around), upper + 1, Math.ceil(low)),
    within(Math.ceil(right + around), start + 1, Math.ceil(far)),
  ];
};

const shifted = ([top, left, bottom, right]: BoxSides, [y, x]: BoxSides): BoxSides => [
  top - y,
  left - x,
  bottom - y,
  right - x,
];

const mistakeIn = (
  { truth, found, fault }: Mistake,
  { picture, frame, image }: { readonly picture: NdArray; readonly frame: Frame; readonly image: string },
): BoxMistake[] => {
  const main = (found ?? truth)?.box.every(Number.isFinite) ? (found ?? truth)?.box : truth?.box;
  if (!main) return [];
  const part = partAround(inImage(main, frame), frame);
  const place = (box: BoxSides): BoxSides => shifted(inImage(box, frame), part);
  return [
    {
      ...{ picture: cut(picture, part), image, fault },
      ...(truth && { truth: { class: truth.name, box: place(truth.box) } }),
      ...(found && { found: { class: found.name, probability: found.probability, box: place(found.box) } }),
    },
  ];
};

/** Mistakes with their surroundings, cut out of the images as the network saw them. */
export const cutOut = async (
  samples: Samples,
  mistakes: readonly Mistake[],
): Promise<readonly BoxMistake[]> => {
  const positions = [...new Set(mistakes.map(({ image }) => image))];
  if (positions.length === 0) return [];
  const shown = pictures(await samples.read(positions), samples.size);
  const frames = (await samples.readTargets(positions))[FRAME]?.data ?? [];
  return mistakes.flatMap((mistake) => {
    const k = positions.indexOf(mistake.image);
    const [top = 0, left = 0, bottom = 0, right = 0, height = 0, width = 0] = frames.slice(k * 6, k * 6 + 6);
    const frame: Frame = [top, left, bottom, right, height, width];
    return mistakeIn(mistake, { picture: shown[k]!, frame, image: samples.describe(mistake.image) });
  });
};
