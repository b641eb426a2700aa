import { optionsSchema } from '@understory/config';
import { unknownName, type AnyPlugin } from '@understory/core';
import { openRegistry, optionRows, pluginRows, writePluginPages } from '@understory/runs';
import { jsonText } from '../text.ts';

const text = (plugin: AnyPlugin): string => {
  const rows = optionRows(optionsSchema(plugin.options));
  const lines = rows.map((r) => `      ${r.name} = ${r.default || '(none)'}  ${r.about || r.type}`);
  return [`  ${plugin.name}  ${plugin.summary}`, ...lines].join('\n');
};

/** The kind that a word names: `backbones` is what people type. Errors: `unknown-name`. */
const kindOf = (word: string, kinds: readonly string[]): string => {
  const kind = [word, word.replace(/s$/, ''), word.replace(/es$/, '')].find((name) => kinds.includes(name));
  if (kind === undefined) throw unknownName('kind', word, kinds);
  return kind;
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
  const registry = await openRegistry(plugin, process.cwd());
  if (markdown !== undefined) {
    const pages = await writePluginPages(registry, markdown);
    process.stdout.write(`${pages} pages in ${markdown}\n`);
    return;
  }
  const kinds = registry.kinds();
  const wanted = word ? [kindOf(word, kinds)] : kinds;
  if (json) process.stdout.write(`${jsonText(pluginRows(registry, wanted))}\n`);
  else
    for (const key of wanted)
      process.stdout.write(`${key}\n${registry.list({ key }).map(text).join('\n')}\n\n`);
};
