import path from 'node:path';
import type { SplitName } from '@understory/core';
import { listed } from '../errors.ts';
import type { Positions, SplitItem } from './splitItems.ts';

type Origins = Readonly<Partial<Record<SplitName, string>>>;

const joined = (before: string | undefined, note: string): string =>
  before === undefined ? note : `${before}, ${note}`;

/** The folder that all of these lie in. */
const commonFolder = (paths: readonly string[]): string => {
  let common = path.dirname(paths[0] ?? '/');
  for (const one of paths)
    while (common !== '/' && !one.startsWith(`${common}/`)) common = path.dirname(common);
  return common;
};

/** Adds to where splits come from what they reach through links that lead out of the source: nothing of it is silent. */
export const linkOrigins = (items: readonly SplitItem[], positions: Positions, origins: Origins): Origins => {
  const told: Partial<Record<SplitName, string>> = { ...origins };
  for (const split of ['train', 'validation', 'test'] as const) {
    const outside = Array.from(positions[split]).flatMap((position) => {
      const { source, index } = items[position]!;
      return source.files[index]!.leadsTo ?? [];
    });
    if (outside.length === 0) continue;
    const targets = [...new Set(outside)];
    const where = targets.length > 2 ? `${commonFolder(targets)}/…` : listed(targets);
    const through = `${outside.length} through links to ${where}`;
    told[split] = joined(told[split], through);
  }
  return told;
};

const locationOf = ({ source, index }: SplitItem): string => {
  const file = source.files[index]!;
  return path.resolve(source.name, file.at ?? file.path);
};

const isLinked = ({ source, index }: SplitItem): boolean => {
  const file = source.files[index]!;
  return file.at !== undefined && !file.at.endsWith(file.path);
};

/** Says of validation and test how many of their images the training images hold too, as links and an option "test" can bring about. */
export const sharedImages = (
  items: readonly SplitItem[],
  positions: Positions,
  origins: Origins,
): Origins => {
  const apart = new Set(items.map(({ source }) => source)).size > 1;
  if (!apart && !items.some(isLinked)) return origins;
  const locations = items.map(locationOf);
  if (new Set(locations).size === locations.length) return origins;
  const trained = new Set(Array.from(positions.train, (position) => locations[position]));
  const told: Partial<Record<SplitName, string>> = { ...origins };
  for (const split of ['validation', 'test'] as const) {
    const count = positions[split].filter((position) => trained.has(locations[position])).length;
    if (count === 0) continue;
    told[split] = joined(told[split], `${count} of them in train too`);
  }
  return told;
};
