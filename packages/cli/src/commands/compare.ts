import path from 'node:path';
import type { ExperimentConfig, LoadedConfig } from '@understory/config';
import { UnderstoryError } from '@understory/core';
import { compare, type Contender } from '../compare.ts';
import { seedTable } from '../seedTable.ts';
import { openConfig, openRegistry, openRunner } from '@understory/runs';
import { showComparison } from '../showComparison.ts';

/** A word of a command as a shell takes it. */
const quoted = (word: string): string =>
  /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

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

/** The configs with their seeds moved on by so many. */
const contendersOf = (configs: readonly ExperimentConfig[], offset: number): Contender[] =>
  configs.map((config) => {
    const seed = config.seed + offset;
    return {
      label: config.name,
      config: { ...config, seed, name: offset === 0 ? config.name : `${config.name}-seed${seed}` },
    };
  });

/** `understory compare <configs…>`: every config with every seed, a report for the first seed, a table over all. */
export const compareFiles = async (
  files: readonly string[],
  { set, seeds, runs }: CompareOptions,
): Promise<void> => {
  const loaded = await Promise.all(files.map((file) => openConfig(file, set)));
  const configs = loaded.map((l) => l.config);
  sameDataset(configs);
  const { folder } = loaded[0]!;
  const registry = await openRegistry([...new Set(loaded.flatMap(pluginsOf))], folder);
  const runner = await openRunner(configs[0]!.engine);
  process.stdout.write(`${runner.description}\n\n`);
  const command = [
    'understory compare',
    ...files.map((f) => quoted(path.relative('.', f))),
    ...set.map((s) => `--set ${quoted(s)}`),
    ...(seeds > 1 ? [`--seeds ${seeds}`] : []),
    ...(runs === 'runs' ? [] : [`--runs ${quoted(runs)}`]),
  ].join(' ');
  const all = [];
  for (let offset = 0; offset < seeds; offset++) {
    const done = await compare({
      title: configs.map((c) => c.name).join(', '),
      contenders: contendersOf(configs, offset),
      registry,
      runner,
      folder,
      runs,
      command,
    });
    if (!done) break;
    all.push(done.collected);
    showComparison(done);
  }
  if (all.length > 1) process.stdout.write(`\n${seedTable(all)}\n`);
  runner.dispose();
};
