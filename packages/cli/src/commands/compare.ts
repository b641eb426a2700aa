import path from 'node:path';
import type { ExperimentConfig } from '@understory/config';
import type { LoadedConfig } from '@understory/config/node';
import { UnderstoryError } from '@understory/core';
import { openConfig, openRegistry, openRunner, type Contender } from '@understory/runs';
import { shellCommand } from '../arguments/shellCommand.ts';
import { compare as trainAndShow } from '../comparison.ts';
import { seedTable } from '../resultTable.ts';
import { say } from '../terminal.ts';

interface CompareOptions {
  readonly set: readonly string[];
  readonly seeds: number;
  readonly runs: string;
}

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

/** A config with its seed moved on by so many. */
const contenderOf = (config: ExperimentConfig, offset: number): Contender => {
  const seed = config.seed + offset;
  const name = offset === 0 ? config.name : `${config.name}-seed${seed}`;
  return { label: config.name, config: { ...config, seed, name } };
};

/** `understory compare <configs…>`: every config with every seed, a report for each seed, a table over all. */
export const compare = async (
  files: readonly [string, ...string[]],
  { seeds, ...options }: CompareOptions,
): Promise<void> => {
  const [first, ...others] = await Promise.all(files.map((file) => openConfig(file, options.set)));
  const loaded = [first!, ...others] as const;
  const configs = loaded.map(({ config }) => config);
  sameDataset(configs);
  const { folder } = loaded[0];
  const registry = await openRegistry([...new Set(loaded.flatMap(pluginsOf))], folder);
  const runner = await openRunner(loaded[0].config.engine, say);
  process.stdout.write(`${runner.description}\n\n`);
  const words = ['understory', 'compare', ...files.map((file) => path.relative('.', file))];
  const all = [];
  for (let offset = 0; offset < seeds; offset++) {
    const done = await trainAndShow({
      title: configs.map(({ name }) => name).join(', '),
      contenders: [
        contenderOf(loaded[0].config, offset),
        ...others.map(({ config }) => contenderOf(config, offset)),
      ],
      ...{ registry, runner, folder, runs: options.runs },
      command: shellCommand([...words, ...(seeds > 1 ? ['--seeds', String(seeds)] : [])], options),
    });
    if (!done) break;
    all.push(done);
  }
  if (all.length > 1) process.stdout.write(`\n${seedTable(all)}\n`);
  runner.dispose();
};
