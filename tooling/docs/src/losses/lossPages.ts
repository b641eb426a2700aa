import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { optionsSchema } from '@understory/config';
import { OBJECTIVE, type AnyPlugin } from '@understory/core';
import { defaultPlugins } from '@understory/recipes';
import { optionRows } from '@understory/runs/option-rows';
import { withParts, type Parts } from '../methods/methodPages.ts';
import { ROOT, textOf } from '../pages.ts';

const FOLDER = 'docs/losses';

export interface LossKind {
  readonly title: string;
  /** What such a loss takes and gives, with shapes. */
  readonly shapes: string;
}

/** Every kind of loss; a test holds that no plugin is of another one. */
export const LOSS_KINDS: Readonly<Record<string, LossKind>> = {
  loss: {
    title: 'Of embeddings',
    shapes:
      '`features` [V·B, D], the views stacked, first view first; `labels` [B] or [V·B] int32 or an affinity [B, B] or [V·B, V·B], or neither → []',
  },
  'classification-loss': {
    title: 'Of logits',
    shapes: '`logits` [B, C], `labels` [B] int32, class weights [C] or none → [] in nats',
  },
  'queue-loss': {
    title: 'With a queue',
    shapes: '`query` [B, D], `key` [B, D], `queue` [K, D] → [] in nats',
  },
  'prediction-loss': {
    title: 'Of predictions',
    shapes: '`predictions` [2B, D], `targets` [2B, D], two views stacked → []',
  },
  'prototype-loss': {
    title: 'Of prototypes',
    shapes: '`scores` [2B, K], two views stacked → [] in nats',
  },
};

/** Whether a kind of plugins is one of losses, by its name. */
const isLoss = ({ token }: AnyPlugin): boolean => /(^|-)loss$/.test(token.key);

/** Every loss that the packages bring. */
export const lossPlugins: readonly AnyPlugin[] = defaultPlugins.filter(isLoss);

export const lossPage = (name: string): string => `${FOLDER}/${name}.md`;

const kindOf = ({ name, token }: AnyPlugin): LossKind => {
  const kind = LOSS_KINDS[token.key];
  if (kind) return kind;
  throw new Error(`"${name}" is of kind ${token.key}: say in LOSS_KINDS what such a loss takes and gives.`);
};

/** Names of the objectives that take a loss as an option, in their order. */
export const takenBy = ({ token }: AnyPlugin): readonly string[] =>
  defaultPlugins
    .filter((plugin) => plugin.token.key === OBJECTIVE.key)
    .filter(({ uses = {} }) => Object.values(uses).some(({ key }) => key === token.key))
    .map(({ name }) => name);

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(header), row(header.map(() => '---')), ...rows.map(row)].join('\n');
const code = (text: string): string => (text === '' ? '' : `\`${text.replaceAll('|', '\\|')}\``);

const optionsPart = ({ options }: AnyPlugin): string => {
  const rows = optionRows(optionsSchema(options));
  if (rows.length === 0) return 'It has none.';
  return table(
    ['option', 'default', 'type', 'what it is, and its unit'],
    rows.map(({ name, type, about, ...one }) => [code(name), code(one.default), code(type), about]),
  );
};

const factsPart = (plugin: AnyPlugin): string => {
  const { name, token, when, source } = plugin;
  const takers = takenBy(plugin).map((taker) => `[${taker}](../methods/${taker}.md)`);
  return [
    `**When:** ${when}`,
    `**Source:** ${source}.`,
    `**Shapes:** ${kindOf(plugin).shapes}.`,
    `**In a config:** \`${name}\`, of kind [${token.key}](../plugins/${token.key}.md#${name}), as an option of ${takers.join(', ')}.`,
  ].join('\n\n');
};

/** What is made of a loss's page. */
export const lossParts = (plugin: AnyPlugin): Parts => ({
  facts: factsPart(plugin),
  options: optionsPart(plugin),
});

const titleOf = (name: string): string => /^# (.*)$/m.exec(textOf(lossPage(name)))?.[1] ?? name;

/** All losses, by their kind. */
const listPart = (): string =>
  Object.entries(LOSS_KINDS)
    .map(([kind, { title, shapes }]) => {
      const own = lossPlugins.filter(({ token }) => token.key === kind);
      const rows = own.map(({ name, summary }) => [
        `[${titleOf(name)}](${name}.md)`,
        code(name),
        `${summary}.`,
      ]);
      const lines = table(['loss', 'in a config', 'what it does'], rows);
      return `### ${title}\n\nOf kind [${kind}](../plugins/${kind}.md): ${shapes}.\n\n${lines}`;
    })
    .join('\n\n');

const read = (page: string): string => {
  if (existsSync(path.join(ROOT, page))) return readFileSync(path.join(ROOT, page), 'utf8');
  throw new Error(`${page} is missing: every loss has a page. Begin it as a copy of ${lossPage('supcon')}.`);
};

/** Every page of `docs/losses` as it should be, by its path. */
export const madeLosses = (): ReadonlyMap<string, string> => {
  const first = `${FOLDER}/README.md`;
  const pages = lossPlugins.map((plugin): readonly [string, string] => {
    const page = lossPage(plugin.name);
    return [page, withParts(read(page), lossParts(plugin))];
  });
  return new Map([...pages, [first, withParts(read(first), { list: listPart() })]]);
};
