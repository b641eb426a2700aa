import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { optionsSchema } from '@understory/config';
import { OBJECTIVE, type AnyPlugin, type Registry } from '@understory/core';
import { keptTables, pocketResults } from '../tables/pocketResults.ts';
import { markdownTable } from '../tables/statistics.ts';
import { optionRows, type OptionRow } from './optionRows.ts';

/** Packages whose READMEs say more of a kind's plugins: losses in formulas, shapes, errors, what differs from the source. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  augmentation: ['augmentations'],
  backbone: ['backbones'],
  'classification-loss': ['losses'],
  dataset: ['datasets'],
  head: ['supervision'],
  loss: ['losses'],
  metric: ['metrics'],
  mixing: ['augmentations'],
  objective: ['supervision', 'distillation', 'semi-supervised'],
  optimizer: ['optimizers'],
  'prediction-loss': ['losses'],
  'prototype-loss': ['losses'],
  'queue-loss': ['losses'],
  sampler: ['datasets'],
  schedule: ['optimizers'],
};

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
/** Words as a page shows them: `<class>` would be a tag, which nobody sees. */
const words = (text: string): string => cell(text).replaceAll(/<(?=[a-z])/g, '\\<');
const code = (text: string): string => (text === '' ? '' : `\`${cell(text)}\``);

/** What an option takes: where that is another plugin, its kind, with the page of those that there are. */
const takes = ({ uses = {} }: AnyPlugin, { name, type }: OptionRow): string => {
  const used = Object.hasOwn(uses, name) ? uses[name] : undefined;
  if (used === undefined || used.service) return code(type);
  const form = type.startsWith('list of') ? 'list of specs' : 'spec';
  return `${form} of kind [${used.key}](${used.key}.md)`;
};

const optionsTable = (plugin: AnyPlugin): string => {
  const rows = optionRows(optionsSchema(plugin.options));
  if (rows.length === 0) return 'It has no options.';
  return markdownTable(
    ['option', 'default', 'type', 'what it is, and its unit'],
    rows.map((r) => [code(r.name), code(r.default), takes(plugin, r), words(r.about)]),
  );
};

/** What plugins reached, by name: sentences. */
type Reached = ReadonlyMap<string, readonly string[]>;

const about = ({ name, summary, when, source }: AnyPlugin, reached: Reached): string =>
  [
    `\`${name}\`: ${summary}.`,
    ...(when === undefined ? [] : [`**When:** ${when}`]),
    ...(source === undefined ? [] : [`**Source:** ${source}.`]),
    ...(reached.get(name) ?? []).map((said) => `**Pocket result:** ${said}.`),
  ].join('  \n');

/** Plugins that have the same options stand together. */
const grouped = (plugins: readonly AnyPlugin[]): AnyPlugin[][] => {
  const groups = new Map<string, AnyPlugin[]>();
  for (const plugin of plugins) {
    const own = optionsSchema(plugin.options);
    const key =
      Object.keys((own['properties'] as object | undefined) ?? {}).length > 0 ? JSON.stringify(own) : '';
    groups.set(key || plugin.name, [...(groups.get(key || plugin.name) ?? []), plugin]);
  }
  return [...groups.values()];
};

const section = (plugins: readonly AnyPlugin[], reached: Reached): string =>
  [
    `## ${plugins.map(({ name }) => name).join(', ')}`,
    plugins.map((p) => about(p, reached)).join('\n\n'),
    optionsTable(plugins[0]!),
  ].join('\n\n');

const page = (kind: string, plugins: readonly AnyPlugin[], reached: Reached): string => {
  const links = (PACKAGES[kind] ?? []).map((p) => `[${p}](../../packages/${p}/README.md)`).join(', ');
  const more = links ? ` More of them: ${links}.` : '';
  const results = kind === OBJECTIVE.key ? ` What a pocket result is: [results](../../RESULTS.md).` : '';
  const intro = `What a config can name as ${kind}, with all options.${more}${results} Written by \`understory list --markdown\`; do not edit.`;
  return `${[`# ${kind}`, intro, ...grouped(plugins).map((group) => section(group, reached))].join('\n\n')}\n`;
};

/** A Markdown page for each kind of plugin that a registry knows, by file name, with what objectives reached. */
export const pluginPages = (registry: Registry, reached: Reached): Readonly<Record<string, string>> =>
  Object.fromEntries(
    registry.kinds().map((kind) => {
      const results = kind === OBJECTIVE.key ? reached : new Map<string, string[]>();
      return [`${kind}.md`, page(kind, registry.list({ key: kind }), results)];
    }),
  );

/** Writes these pages into a folder, with the results that `results` keeps. Gives how many there are. */
export const writePluginPages = async (
  registry: Registry,
  folder: string,
  results = 'results',
): Promise<number> => {
  await mkdir(folder, { recursive: true });
  const pages = Object.entries(pluginPages(registry, pocketResults(await keptTables(results))));
  await Promise.all(pages.map(([file, text]) => writeFile(path.join(folder, file), text)));
  return pages.length;
};
