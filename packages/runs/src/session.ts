import path from 'node:path';
import { env } from '@tensorflow/tfjs-core';
import {
  cut,
  eagerRunner,
  listed,
  PLACE,
  provide,
  UnderstoryError,
  type Registry,
  type Runner,
} from '@understory/core';
import type { ExperimentConfig } from '@understory/config';
import {
  importModule,
  loadConfig,
  settled,
  type CheckedConfig,
  type ConfigFiles,
} from '@understory/config/node';
import {
  bfloat16Support,
  compiledRunner,
  registerTfjs,
  type Cluster,
  type Engine,
  type Notice,
} from '@understory/engine';
import { readyEngine } from './load/readyEngine.ts';
import { once, type Say } from './listeners.ts';
import type { SettledEngine } from './precision/settled.ts';
import { resolvePlugin } from './plugins/resolvePlugin.ts';

const waits = (plugins: readonly string[]): UnderstoryError =>
  new UnderstoryError(
    'plugin',
    `A top-level await of ${listed(plugins)} waits for something that does not come. ` +
      'A plugin is ready when it is imported.',
  );

/** Where a path lies that a config in this folder writes: what `PLACE` is for its plugins. */
export const placeIn =
  (folder: string) =>
  (written: string): string =>
    path.resolve(folder, written);

/**
 * The default plugins, and those that a config names, in JavaScript or TypeScript. Relative paths, of plugins and in what they are
 * given, count from the config's `folder`.
 */
export const openRegistry = async (plugins: readonly string[], folder: string): Promise<Registry> => {
  // Half of what this package would load: much of what it does needs no registry.
  const [{ defaultPlugins }, { createRegistry, loadPlugins }] = await Promise.all([
    import('@understory/recipes'),
    import('@understory/registry'),
  ]);
  const found = loadPlugins(plugins, resolvePlugin(folder), importModule);
  const loaded = await settled(found, () => waits(plugins));
  return createRegistry([...defaultPlugins, ...loaded]).provide([provide(PLACE, placeIn(folder))]);
};

/** Where a plugin lies that the command line names: a path counts from where it is called. */
const fromHere = (name: string): string => (name.startsWith('.') ? path.resolve(name) : name);

/**
 * Reads a config, or several that are merged, and checks all of it, its plugins' options too, before the engine loads or the dataset
 * opens. `plugins` are further ones, by name or by path from the working folder.
 */
export const openConfig = (
  files: ConfigFiles,
  set: readonly string[],
  plugins: readonly string[] = [],
): Promise<CheckedConfig> => loadConfig(files, set, openRegistry, plugins.map(fromHere));

/** A setting that compiled steps alone have. */
const forCompiled = (setting: string, instead: string): UnderstoryError =>
  new UnderstoryError(
    'bad-config',
    `"engine.${setting}" is for compiled steps, and these run op by op. Set "engine.mode: compiled" ` +
      `(\`understory engine install\` once), or "engine.${instead}".`,
  );

/** A notice of the engine in a line: which inputs have which shapes says little to who trains. */
const noticeText = ({ code, message }: Notice): string => {
  if (code !== 'traced-again') return cut(message, 300);
  const [, step = 'train'] = /^Step "([^"]{1,60})"/.exec(message) ?? [];
  return `Step "${step}" is compiled once more, for batches of another size (the last one of an epoch, say).`;
};

/** Loads the engine with a config's threads; says in one line where native TensorFlow is not there. */
export const loadNative = async (
  { threads }: Pick<ExperimentConfig['engine'], 'threads'>,
  say: Say,
): Promise<Engine> => {
  // TensorFlow reads its thread count from the environment, once, when it is loaded.
  if (threads > 0) process.env['TF_NUM_INTRAOP_THREADS'] = String(threads);
  const engine = await readyEngine();
  if (engine.notice) say(engine.notice);
  return engine;
};

const noWorkers = (): UnderstoryError =>
  new UnderstoryError(
    'bad-config',
    'Several workers train compiled steps, and these run op by op. Set "engine.mode: compiled" ' +
      '(`understory engine install` once), or train with one worker.',
  );

export interface RunnerOptions {
  /** Of several workers, one's place. */
  readonly cluster?: Cluster | undefined;
  /** For networks that only look at images: batch norms go into convolutions. */
  readonly inference?: boolean;
}

/** Loads the engine and gives what runs steps, of several workers one's; says so in one line where native TensorFlow is not there. */
export const openRunner = async (
  settings: SettledEngine,
  say: Say,
  { cluster, inference = false }: RunnerOptions = {},
): Promise<Runner> => {
  const { mode, precision, recompute } = settings;
  const engine = await loadNative(settings, say);
  const compiled = mode === 'compiled' || (mode === 'auto' && engine.native);
  if (precision !== 'float32') {
    if (!compiled) throw forCompiled(`precision: ${precision}`, 'precision: float32');
    say(await bfloat16Support(engine, precision));
  }
  if (recompute && !compiled) throw forCompiled('recompute: true', 'recompute: false');
  if (cluster && !compiled) throw noWorkers();
  const sayOnce = once(say);
  return compiled
    ? compiledRunner({
        precision,
        recompute,
        inference,
        cluster,
        onNotice: (notice) => sayOnce(noticeText(notice)),
      })
    : eagerRunner();
};

/** Loads tfjs's own backend: enough for models without work to do, and there at once on every machine. */
export const loadCpu = (): void => {
  // Without this, tfjs advises Node users to install its own native package.
  env().set('PROD', true);
  registerTfjs();
};
