import path from 'node:path';
import type { ExperimentConfig } from '@understory/config';
import type { LoadedConfig } from '@understory/config/node';
import { UnderstoryError } from '@understory/core';
import { openConfig, openRegistry } from '../session.ts';
import type { Comparison, Contender } from './compareRuns.ts';

const sameDataset = (configs: readonly ExperimentConfig[]): void => {
  const [first, ...others] = configs.map((c) => JSON.stringify(c.dataset));
  if (others.every((d) => d === first)) return;
  throw new UnderstoryError(
    'config',
    `Configs that are compared need one dataset; these name ${[...new Set([first, ...others])].join(' and ')}.`,
  );
};

/** A config's plugins, by paths that do not depend on its folder. */
const pluginsOf = ({ config, folder }: LoadedConfig): string[] =>
  config.plugins.map((name) => (name.startsWith('.') ? path.resolve(folder, name) : name));

/** Its config with the seed moved on by so many. */
const contenderOf = ({ config }: LoadedConfig, offset: number): Contender => {
  const seed = config.seed + offset;
  const name = offset === 0 ? config.name : `${config.name}-seed${seed}`;
  return { label: config.name, config: { ...config, seed, name } };
};

export interface OpenedComparison extends Pick<Comparison, 'registry' | 'folder'> {
  /** The configs with their seeds moved on by so many. */
  readonly contenders: (offset: number) => Comparison['contenders'];
}

/** Reads and checks configs that are to be compared. Errors: `config` where their datasets differ. */
export const openComparison = async (
  files: readonly [string, ...string[]],
  set: readonly string[] = [],
): Promise<OpenedComparison> => {
  const [file, ...more] = files;
  const first = await openConfig(file, set);
  const others = await Promise.all(more.map((one) => openConfig(one, set)));
  sameDataset([first, ...others].map(({ config }) => config));
  const plugins = new Set([first, ...others].flatMap(pluginsOf));
  return {
    registry: await openRegistry([...plugins], first.folder),
    folder: first.folder,
    contenders: (offset) => [
      contenderOf(first, offset),
      ...others.map((other) => contenderOf(other, offset)),
    ],
  };
};
