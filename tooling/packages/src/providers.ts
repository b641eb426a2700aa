import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AnyPlugin } from '@understory/core';
import { publishedPackages, ROOT, type Published } from './workspace.ts';

/** Names of plugins, by kind, then by the entry that one imports to have them. */
export type Providers = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

export const PROVIDERS_FILE = path.join(ROOT, 'packages/registry/src/providers.ts');

const isPlugin = (value: unknown): value is AnyPlugin => {
  const plugin = value as Partial<AnyPlugin> | null;
  return (
    typeof plugin === 'object' &&
    typeof plugin?.token?.key === 'string' &&
    typeof plugin.create === 'function'
  );
};

const pluginsOf = async (file: string): Promise<readonly AnyPlugin[]> => {
  const module = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  return Object.values(module).flat().filter(isPlugin);
};

/** A package may have an entry for its plugins alone: the one to name. */
const pluginEntriesFirst = ({ manifest }: Published): readonly string[] =>
  Object.keys(manifest.exports)
    .filter((entry) => entry !== './testing')
    .sort((a, b) => Number(b === './plugins') - Number(a === './plugins'));

/** Which entry of which package brings each plugin. What hands on another package's plugins brings none of them. */
export const providersNow = async (): Promise<Providers> => {
  const seen = new Set<AnyPlugin>();
  const found: { kind: string; entry: string; name: string }[] = [];
  for (const one of publishedPackages().filter(({ manifest }) => !manifest.bin)) {
    for (const entry of pluginEntriesFirst(one)) {
      const source = one.manifest.exports[entry]?.['@understory/source'] ?? '';
      for (const plugin of await pluginsOf(path.join(one.folder, source))) {
        if (seen.has(plugin)) continue;
        seen.add(plugin);
        found.push({ kind: plugin.token.key, entry: one.name + entry.slice(1), name: plugin.name });
      }
    }
  }
  const providers: Record<string, Record<string, string[]>> = {};
  const key = ({ kind, entry, name }: (typeof found)[number]): string => `${kind} ${entry} ${name}`;
  for (const { kind, entry, name } of found.sort((a, b) => key(a).localeCompare(key(b)))) {
    ((providers[kind] ??= {})[entry] ??= []).push(name);
  }
  return providers;
};

/** The file that holds them, before it is formatted. */
export const providersText = (providers: Providers): string => `// Written by \`npm run renew\`; do not edit.

/** Plugins of Understory's own packages, by kind, then by what one imports to have them. */
export const PROVIDERS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = ${JSON.stringify(providers)};
`;
