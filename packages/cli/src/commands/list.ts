import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { optionsSchema } from '@understory/config';
import { BACKBONE, unknownName, type AnyPlugin, type Registry } from '@understory/core';
import { jsonText } from '../jsonText.ts';
import {
  optionRows,
  pluginPages,
  keptTables,
  pocketResults,
  backboneRows,
  openRegistry,
  loadCpu,
} from '@understory/runs';

const describe = (plugin: AnyPlugin) => ({
  kind: plugin.token.key,
  name: plugin.name,
  summary: plugin.summary,
  options: optionsSchema(plugin.options),
});

const text = (plugin: AnyPlugin): string => {
  const rows = optionRows(optionsSchema(plugin.options));
  const lines = rows.map((r) => `      ${r.name} = ${r.default || '(none)'}  ${r.about || r.type}`);
  return [`  ${plugin.name}  ${plugin.summary}`, ...lines].join('\n');
};

/** Backbones with what they are made of: one entry a stem. */
const backbones = async (registry: Registry, plugins: readonly AnyPlugin[]): Promise<object[]> => {
  loadCpu();
  return plugins.flatMap((plugin) =>
    backboneRows(registry, plugin).map((row) => ({ ...describe(plugin), ...row })),
  );
};

/** A page for each kind, for people who read before they type, with the results kept where this is called. */
const writePages = async (registry: Registry, folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true });
  const pages = Object.entries(pluginPages(registry, pocketResults(await keptTables('results'))));
  await Promise.all(pages.map(([file, text]) => writeFile(path.join(folder, file), text)));
  process.stdout.write(`${pages.length} pages in ${folder}\n`);
};

/** `understory list [kind]`: what the registry knows, with options; backbones alone as JSON with their counts and taps. */
export const list = async (
  kind: string | undefined,
  { plugin, json, markdown }: { plugin: readonly string[]; json: boolean; markdown?: string },
): Promise<void> => {
  const registry = await openRegistry(plugin, process.cwd());
  if (markdown !== undefined) return writePages(registry, markdown);
  const kinds = registry.kinds();
  // `backbones` is what people type.
  const known = (name: string): boolean => kinds.includes(name);
  const wanted = kind && ([kind, kind.replace(/s$/, ''), kind.replace(/es$/, '')].find(known) ?? kind);
  if (wanted !== undefined && !known(wanted)) throw unknownName('kind', wanted, kinds);
  const shown = (wanted === undefined ? kinds : [wanted]).map((key) => ({
    key,
    plugins: registry.list({ key }),
  }));
  if (json) {
    const all = shown.flatMap((s) => s.plugins);
    const rows = wanted === BACKBONE.key ? await backbones(registry, all) : all.map(describe);
    process.stdout.write(`${jsonText(rows)}\n`);
    return;
  }
  for (const { key, plugins } of shown) process.stdout.write(`${key}\n${plugins.map(text).join('\n')}\n\n`);
};
