import path from 'node:path';
import type { ExperimentConfig } from '@understory/config';
import type { CheckedConfig, LoadedConfig } from '@understory/config/node';
import { DATASET, PLACE, placedOptions, readSpec, UnderstoryError, type Spec } from '@understory/core';
import type { Listeners } from '../listeners.ts';
import { openConfig, openRegistry, placeIn } from '../session.ts';
import { openSuited } from '../suit/openSuited.ts';
import type { Choice } from '../suit/suitConfig.ts';
import type { Comparison, Contender } from './compareRuns.ts';

/** A dataset's spec with its paths whole: configs of several folders write one place differently. */
const wholeDataset = ({ config, folder, registry }: CheckedConfig): Spec => {
  const [name, options] = readSpec(config.dataset) ?? ['', {}];
  const { paths, uses = {} } = registry.list(DATASET).find((plugin) => plugin.name === name) ?? {};
  const whole = placedOptions({ ...(paths && { paths }) }, options, placeIn(folder));
  // What asks for PLACE itself may have further paths: of two folders such datasets are never one.
  const from = Object.values(uses).includes(PLACE) ? { folder } : {};
  return [name, { ...whole, ...from }];
};

const sameDataset = (configs: readonly CheckedConfig[]): void => {
  const [first, ...others] = configs.map((config) => JSON.stringify(wholeDataset(config)));
  if (others.every((d) => d === first)) return;
  throw new UnderstoryError(
    'config',
    `Configs that are compared need one dataset; these name ${[...new Set([first, ...others])].join(' and ')}.`,
  );
};

/** A config's plugins, by paths that do not depend on its folder. */
const pluginsOf = ({ config, folder }: LoadedConfig): string[] =>
  config.plugins.map((name) => (name.startsWith('.') ? path.resolve(folder, name) : name));

/** Its config with the seed of the comparison. */
const contenderOf = ({ config }: Pick<LoadedConfig, 'config'>, first: number, offset: number): Contender => {
  const seed = first + offset;
  const name = offset === 0 ? config.name : `${config.name}-seed${seed}`;
  return { label: config.name, config: { ...config, seed, name } };
};

/** Differences are taken seed by seed, on one split of the images. */
const tellOfSeeds = (configs: readonly ExperimentConfig[], { say }: Pick<Listeners, 'say'>): void => {
  const [first, ...others] = configs.map(({ seed }) => seed);
  if (others.some((seed) => seed !== first))
    say(
      `All are trained with the first config's seed, ${first}, and those after it: others name another one.`,
    );
};

/** Names tell contenders apart. */
const checkNames = (configs: readonly ExperimentConfig[], files: readonly string[]): void => {
  const known = new Map<string, string | undefined>();
  for (const [i, { name }] of configs.entries()) {
    if (known.has(name))
      throw new UnderstoryError(
        'config',
        `${known.get(name)} and ${files[i]} are both named "${name}", by which their results would be told apart. ` +
          'Give one of them another "name".',
      );
    known.set(name, files[i]);
  }
};

export interface OpenedComparison extends Pick<Comparison, 'registry' | 'folder'> {
  /** The configs with their seeds moved on by so many. */
  readonly contenders: (offset: number) => Comparison['contenders'];
  /** What the configs left to their data, by the name of each. */
  readonly choices: readonly (readonly [name: string, choices: readonly Choice[]])[];
}

/** Settles what a config leaves to its data, which is closed again: each seed opens its own. */
const settled = async (
  checked: CheckedConfig,
  listeners: Pick<Listeners, 'say' | 'onProgress'>,
): Promise<CheckedConfig & { readonly choices: readonly Choice[] }> => {
  const { dataset, ...suited } = await openSuited(checked, listeners);
  await dataset.close?.();
  return suited;
};

/**
 * Reads and checks configs that are to be compared, and settles what they leave to their data. Errors: `config` where their datasets
 * differ, those of the dataset.
 */
export const openComparison = async (
  files: readonly [string, ...string[]],
  set: readonly string[] = [],
  listeners: Pick<Listeners, 'say' | 'onProgress'> = { say: () => undefined },
): Promise<OpenedComparison> => {
  const [file, ...more] = files;
  const opened = await openConfig(file, set);
  const later = await Promise.all(more.map((one) => openConfig(one, set)));
  sameDataset([opened, ...later]);
  const configs = [opened, ...later].map(({ config }) => config);
  checkNames(configs, files);
  tellOfSeeds(configs, listeners);
  const first = await settled(opened, listeners);
  const others: Awaited<ReturnType<typeof settled>>[] = [];
  // All are run from the first one's folder, from which others may write the same place differently.
  const { dataset } = first.config;
  for (const other of later) {
    const { config, ...rest } = await settled(other, listeners);
    others.push({ ...rest, config: { ...config, dataset } });
  }
  const plugins = new Set([first, ...others].flatMap(pluginsOf));
  return {
    registry: await openRegistry([...plugins], first.folder),
    folder: first.folder,
    choices: [first, ...others].map(({ config, choices }) => [config.name, choices] as const),
    contenders: (offset) => [
      contenderOf(first, first.config.seed, offset),
      ...others.map((other) => contenderOf(other, first.config.seed, offset)),
    ],
  };
};
