import path from 'node:path';
import type { SplitName } from '@understory/core';
import { listed } from '../errors.ts';
import type { Item } from './gather.ts';
import type { Positions } from './splitItems.ts';

type Origins = Readonly<Partial<Record<SplitName, string>>>;

/** The folder that all of these lie in. */
const commonFolder = (paths: readonly string[]): string => {
  let common = path.dirname(paths[0] ?? '/');
  for (const one of paths)
    while (common !== '/' && !one.startsWith(`${common}/`)) common = path.dirname(common);
  return common;
};

/** Adds to where splits come from what they reach through links that lead out of the source: nothing of it is silent. */
export const linkOrigins = (items: readonly Item[], positions: Positions, origins: Origins): Origins => {
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
    told[split] = told[split] === undefined ? through : `${told[split]}, ${through}`;
  }
  return told;
};
