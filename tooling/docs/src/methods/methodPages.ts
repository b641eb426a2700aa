import type { AnyPlugin } from '@understory/core';
import type { PocketResult } from '@understory/runs';
// @boundaries-ignore a table that is made for the registry alone
import { PROVIDERS } from '../../../../packages/registry/src/providers.ts';
import { anchorOf } from '../anchors.ts';
import { LOOKS, type Look } from './looks.ts';
import { pictureText } from './picture.ts';

/** Parts of a page that are made, by the name of their marker. */
export type Parts = Readonly<Record<string, string>>;

const MADE = /(<!-- made: (\w+) -->\n)[^]*?(<!-- end -->)/g;

/** A page with its made parts put in. Throws where it has a marker that nothing is made for, or lacks one. */
export const withParts = (page: string, parts: Parts): string => {
  const met = new Set<string>();
  const made = page.replaceAll(MADE, (_, begin: string, name: string, end: string) => {
    const part = parts[name];
    if (part === undefined) throw new Error(`Nothing is made for <!-- made: ${name} -->.`);
    met.add(name);
    return `${begin}\n${part}\n\n${end}`;
  });
  const missing = Object.keys(parts).filter((name) => !met.has(name));
  if (missing.length > 0) throw new Error(`A page lacks <!-- made: ${missing.join(', ')} -->.`);
  return made;
};

export const lookOf = (name: string): Look => {
  const look = LOOKS[name];
  if (!look)
    throw new Error(`No picture is said for "${name}": put it into tooling/docs/src/methods/looks.ts.`);
  return look;
};

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(header), row(header.map(() => '---')), ...rows.map(row)].join('\n');

/** The heading above a table in RESULTS.md, as an address. Throws where the table is not there. */
export const resultsAnchor = (results: string, name: string): string => {
  const before = results.split(`<!-- table ${name} -->`);
  const heading = [...(before[0] ?? '').matchAll(/^## (.*)$/gm)].at(-1)?.[1];
  if (before.length < 2 || heading === undefined) throw new Error(`RESULTS.md has no table ${name}.`);
  return anchorOf(heading);
};

const resultsPart = (reached: readonly PocketResult[], results: string): string => {
  if (reached.length === 0) return 'It stands in none of the [pocket tables](../../RESULTS.md) yet.';
  const rows = reached.map((one) => [
    `[${one.title}](../../RESULTS.md#${resultsAnchor(results, one.table)})`,
    ...[one.row, `${one.reached} % ${one.measure}`],
    one.above === undefined ? '–' : `${one.above} above ${one.reference}`,
    one.seeds,
  ]);
  return table(['trained', 'as', 'last epoch', 'points, 95 % interval', 'seeds'], rows);
};

const factsPart = ({ name, when, source }: AnyPlugin): string =>
  [
    `**When:** ${when}`,
    `**Source:** ${source}.`,
    `**Options:** [all of them, with defaults and bounds](../plugins/objective.md#${name}).`,
  ].join('\n\n');

/** What is made of a method's page. */
export const methodParts = (plugin: AnyPlugin, reached: readonly PocketResult[], results: string): Parts => ({
  picture: `![${pictureText(lookOf(plugin.name))}](pictures/${plugin.name}.svg)`,
  facts: factsPart(plugin),
  results: resultsPart(reached, results),
});

/** How the packages that bring objectives are called in the list. */
const GROUPS: Readonly<Record<string, string>> = {
  supervision: 'On stages, and of the task',
  distillation: 'With a teacher, or one of its own',
  'semi-supervised': 'With few labels',
  detection: 'Of boxes',
};

/** All methods, by the package that brings them. Throws where a package of objectives has no heading here. */
export const listPart = (plugins: readonly AnyPlugin[], titleOf: (name: string) => string): string => {
  const groups = Object.entries(PROVIDERS['objective'] ?? {}).map(([provider, names]) => {
    const folder = provider.split('/')[1] ?? '';
    const at = Object.keys(GROUPS).indexOf(folder);
    if (at < 0) throw new Error(`${provider} brings objectives: say in GROUPS how they are called.`);
    const own = plugins.filter(({ name }) => names.includes(name));
    const rows = own.map(({ name, summary }) => [
      `[${titleOf(name)}](${name}.md)`,
      `\`${name}\``,
      `${summary}.`,
    ]);
    const lines = table(['method', 'in a config', 'what it does'], rows);
    const from = `From [${provider}](../../packages/${folder}/README.md).`;
    return [at, `### ${GROUPS[folder]}\n\n${from}\n\n${lines}`] as const;
  });
  return groups
    .sort(([a], [b]) => a - b)
    .map(([, text]) => text)
    .join('\n\n');
};
