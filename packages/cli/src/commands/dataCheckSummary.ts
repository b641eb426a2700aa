import { counted } from '@understory/core';
import type { DatasetCheck, Place } from '@understory/runs';
import { wrapped } from './dataCheckText.ts';

const several = (n: number, one: string, many: string): string[] => (n === 0 ? [] : [counted(n, one, many)]);

const differ = (places: readonly Place[]): boolean =>
  new Set(places.map(({ className }) => className)).size > 1;
const isBetween = (places: readonly Place[]): boolean => new Set(places.map(({ split }) => split)).size > 1;

const keyOf = ({ split, position }: Place): string => `${split} ${position}`;

/** Copies are near duplicates too, and told once. */
const ofPictures = ({ pictures }: DatasetCheck): string[] => {
  if (!pictures) return [];
  const { unreadable, equal, near } = pictures;
  const groupOf = new Map(equal.flatMap((group, i) => group.map((place) => [keyOf(place), i] as const)));
  const areCopies = (a: Place, b: Place): boolean =>
    groupOf.has(keyOf(a)) && groupOf.get(keyOf(a)) === groupOf.get(keyOf(b));
  const pairs = near.flatMap((one) => one.pairs).filter(({ images }) => !areCopies(...images));
  const wrong = equal.filter(differ).length + pairs.filter((pair) => pair.differ).length;
  return [
    ...several(unreadable.length, 'picture that cannot be read', 'pictures that cannot be read'),
    ...several(
      equal.filter(isBetween).length,
      'picture in more than one split',
      'pictures in more than one split',
    ),
    ...several(pairs.length, 'near duplicate between splits', 'near duplicates between splits'),
    ...several(
      wrong,
      'pair of equal or nearly equal pictures with different labels',
      'pairs of equal or nearly equal pictures with different labels',
    ),
  ];
};

/** What deserves a look, in one sentence. */
export const summary = (check: DatasetCheck): string => {
  const { official, numbers, leftOut } = check;
  const absent = numbers.balance.filter((one) => one.absent.length > 0).map(({ split }) => split);
  const left = leftOut.reduce((sum, one) => sum + one.count, 0);
  const found = [
    ...(official && !official.equal ? ['counts that are not the official ones'] : []),
    ...several(left, 'file or image that is left out', 'files or images that are left out'),
    ...(absent.length > 0 ? [`classes without an image in ${absent.join(' and ')}`] : []),
    ...ofPictures(check),
  ];
  if (found.length === 0) return 'In short: nothing looks wrong.';
  return wrapped(`In short, to be looked at: ${found.join('; ')}.`);
};
