import { resolve } from 'node:path';
import type { SplitName } from '@understory/core';
import type { Item } from './gather.ts';
import type { Positions } from './splitItems.ts';

type Origins = Readonly<Partial<Record<SplitName, string>>>;

const placeOf = ({ source, index }: Item): string => {
  const { at, path } = source.files[index]!;
  return resolve(source.name, at ?? path);
};

const isLinked = ({ source, index }: Item): boolean => {
  const { at, path } = source.files[index]!;
  return at !== undefined && !at.endsWith(path);
};

/** Says of validation and test how many of their images the training images hold too, as links and an option "test" can bring about. */
export const sharedImages = (items: readonly Item[], positions: Positions, origins: Origins): Origins => {
  const apart = new Set(items.map(({ source }) => source)).size > 1;
  if (!apart && !items.some(isLinked)) return origins;
  const places = items.map(placeOf);
  if (new Set(places).size === places.length) return origins;
  const trained = new Set(Array.from(positions.train, (position) => places[position]));
  const told: Partial<Record<SplitName, string>> = { ...origins };
  for (const split of ['validation', 'test'] as const) {
    const count = positions[split].filter((position) => trained.has(places[position])).length;
    if (count === 0) continue;
    const note = `${count} of them in train too`;
    told[split] = told[split] === undefined ? note : `${told[split]}, ${note}`;
  }
  return told;
};
