import { readFileSync } from 'node:fs';
import { unknownName } from '@understory/core/errors';
import { optionRows } from '@understory/runs/option-rows';
import type { PluginRow } from '@understory/runs';
import { columnsOf, wrapTo } from '../output/width.ts';
import { preparation } from '../progress.ts';
import { jsonText } from '../text.ts';

/** Understory's own plugins as `npm run renew` wrote them down: to load them for their names takes a second and a half. */
const ownPlugins = (): PluginRow[] =>
  JSON.parse(readFileSync(new URL('../../plugins.json', import.meta.url), 'utf8')) as PluginRow[];

const text = ({ name, summary, options }: PluginRow): string => {
  const width = columnsOf() ?? Infinity;
  const lines = optionRows(options).flatMap((row) =>
    wrapTo(`      ${row.name} = ${row.default || '(none)'}  ${row.about || row.type}`, width, ' '.repeat(10)),
  );
  return [...wrapTo(`  ${name}  ${summary}`, width, ' '.repeat(6)), ...lines].join('\n');
};

/** The kind that a word names: `backbones` is what people type. Errors: `unknown-name`. */
const kindOf = (word: string, kinds: readonly string[]): string => {
  const kind = [word, word.replace(/s$/, ''), word.replace(/es$/, '')].find((name) => kinds.includes(name));
  if (kind === undefined) throw unknownName('kind', word, kinds);
  return kind;
};

const print = (rows: readonly PluginRow[], kinds: readonly string[]): void => {
  for (const kind of kinds) {
    const told = rows.filter((row) => row.kind === kind).map(text);
    process.stdout.write(`${kind}\n${told.join('\n')}\n\n`);
  }
};

interface ListOptions {
  readonly plugin: readonly string[];
  readonly json: boolean;
  readonly markdown?: string;
}

/** `understory list [kind]`: what the registry knows, with options; backbones alone as JSON with their counts and taps. */
export const list = async (
  word: string | undefined,
  { plugin, json, markdown }: ListOptions,
): Promise<void> => {
  const open = async () => {
    const runs = await import('@understory/runs');
    return { ...runs, registry: await runs.openRegistry(plugin, process.cwd()) };
  };
  if (markdown !== undefined) {
    const { writePluginPages, registry } = await open();
    process.stdout.write(`${await writePluginPages(registry, markdown)} pages in ${markdown}\n`);
    return;
  }
  const opened = plugin.length > 0 ? await open() : undefined;
  const known = opened ? opened.pluginRows(opened.registry) : ownPlugins();
  const all = [...new Set(known.map(({ kind }) => kind))];
  const kinds = word === undefined ? all : [kindOf(word, all)];
  if (!json) {
    print(known, kinds);
    return;
  }
  const rows = async (): Promise<readonly object[]> => {
    if (kinds.join() !== 'backbone') return known.filter(({ kind }) => kinds.includes(kind));
    const { countedBackbones, registry } = opened ?? (await open());
    return countedBackbones(registry, preparation());
  };
  process.stdout.write(`${jsonText(await rows())}\n`);
};
