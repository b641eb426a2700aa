import { unknownName } from '@understory/core';
import { CIFAR } from './small.ts';
import { FINE_GRAINED } from './fineGrained.ts';
import type { OfficialDataset } from './officialDataset.ts';
import { SCENES } from './scenes.ts';

/** Datasets whose files, terms and counts are published, by name. */
export const OFFICIAL: ReadonlyMap<string, OfficialDataset> = new Map(
  [...CIFAR, ...FINE_GRAINED, ...SCENES].map((one) => [one.name, one]),
);

/** A dataset by its name. Errors: `unknown-name`. */
export const officialDataset = (name: string): OfficialDataset => {
  const found = OFFICIAL.get(name);
  if (!found) throw unknownName('official dataset', name, [...OFFICIAL.keys()]);
  return found;
};

/** What is published of the dataset that a plugin reads, where it reads that one alone. */
export const officialOfPlugin = (plugin: string): OfficialDataset | undefined => {
  const found = OFFICIAL.get(plugin);
  return found?.plugin === plugin ? found : undefined;
};
