import { configSchema, configText } from '@understory/config';
import { cut, UnderstoryError } from '@understory/core';
import {
  choiceLines,
  openConfig,
  openRegistry,
  openSuited,
  optionRows,
  resolvedConfig,
  type Choice,
} from '@understory/runs';
import { preparation } from '../progress.ts';
import { print, say } from '../output/voice.ts';
import { textTable } from '../text.ts';

interface ConfigOptions {
  readonly schema: boolean;
  readonly resolved: boolean;
  readonly set: readonly string[];
  readonly plugin: readonly string[];
}

const usage = (message: string): UnderstoryError => new UnderstoryError('usage', message);

/** Errors: `usage` for what does not go together. */
const checkOptions = (files: readonly string[], { schema, resolved, set }: ConfigOptions): void => {
  const [file] = files;
  if (schema && (resolved || file !== undefined))
    throw usage(`--schema is about all configs. Leave it out, or ${file ?? '--resolved'}.`);
  if (resolved && file === undefined)
    throw usage('--resolved is about a config. Name its file: understory config flowers.yaml --resolved');
  if (set.length > 0 && file === undefined)
    throw usage(`--set ${cut(set[0] ?? '', 80)} changes a config. Name its file before it.`);
};

/** Why a key is what it is, by key of the config. */
const commentsOf = (choices: readonly Choice[]): Record<string, string> =>
  Object.fromEntries(
    choices.map((choice, i) => [choice.key.split('.')[0] ?? '', choiceLines(choices)[i] ?? '']),
  );

/** Prints a config with all that it leaves out, as YAML that trains the same. */
const resolve = async (
  files: readonly [string, ...string[]],
  { set, plugin }: ConfigOptions,
): Promise<void> => {
  const opened = await openConfig(files, set, plugin);
  const { config, choices, dataset, registry } = await openSuited(opened, { say, onProgress: preparation() });
  await dataset.close?.();
  process.stdout.write(configText(resolvedConfig(registry, config), commentsOf(choices)));
};

/** `understory config`: the keys of a config as a table, their JSON Schema, or a config with all that it leaves out. */
export const config = async (files: readonly string[], options: ConfigOptions): Promise<void> => {
  checkOptions(files, options);
  const [first, ...others] = files;
  if (first !== undefined) return resolve([first, ...others], options);
  const json = configSchema(await openRegistry(options.plugin, process.cwd()));
  if (options.schema) {
    process.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
    return;
  }
  const rows = optionRows(json).map((r) => [r.name, r.default, r.about]);
  process.stdout.write(`${textTable(['key', 'default', 'meaning'], rows)}\n`);
  print('\nA plugin is written as its name, or as [name, { options }]. understory list shows them all.');
};
