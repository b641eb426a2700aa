import { isObject } from '@understory/core';
import { readSmall, runFiles } from '@understory/tracking/node';

/** What a run's `config.json` says that a page shows. */
export interface RunConfig {
  readonly dataset: string | undefined;
  readonly classes: readonly string[];
  /** Plugins that its config names: they would run if it went on. */
  readonly plugins: readonly string[];
}

const NONE: RunConfig = { dataset: undefined, classes: [], plugins: [] };
/** Larger ones are no config. */
const MOST = 4 * 1024 * 1024;

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];

const read = async (file: string): Promise<unknown> => {
  const text = await readSmall(file, MOST);
  return text === undefined ? undefined : (JSON.parse(text) as unknown);
};

/** Nothing where it is missing or damaged: curves are shown all the same. */
export const runConfig = async (folder: string): Promise<RunConfig> => {
  const info = await read(runFiles(folder).config).catch(() => undefined);
  if (!isObject(info)) return NONE;
  const [dataset, config] = [info['dataset'], info['config']];
  return {
    dataset: isObject(dataset) && typeof dataset['name'] === 'string' ? dataset['name'] : undefined,
    classes: isObject(dataset) ? texts(dataset['classes']) : [],
    plugins: isObject(config) ? texts(config['plugins']) : [],
  };
};
