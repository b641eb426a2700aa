import { optionsSchema } from '@understory/config';
import { BACKBONE, type AnyPlugin, type Registry } from '@understory/core';
import { backboneRows } from '../backbones/describeNetwork.ts';
import type { OnProgress } from '../listeners.ts';
import { loadCpu } from '../session.ts';

/** A plugin as plain data. */
export interface PluginRow {
  readonly kind: string;
  readonly name: string;
  readonly summary: string;
  /** JSON Schema. */
  readonly options: Record<string, unknown>;
}

const describe = (plugin: AnyPlugin): PluginRow => ({
  kind: plugin.token.key,
  name: plugin.name,
  summary: plugin.summary,
  options: optionsSchema(plugin.options),
});

/** All plugins that a registry knows. */
export const pluginRows = (registry: Registry): PluginRow[] =>
  registry.kinds().flatMap((key) => registry.list({ key }).map(describe));

/** Backbones with what they are made of, an entry a stem. Each is built for that, which takes some seconds in all. */
export const countedBackbones = (registry: Registry, onProgress: OnProgress): object[] => {
  loadCpu();
  const plugins = registry.list(BACKBONE);
  return plugins.flatMap((plugin, i) => {
    const rows = backboneRows(registry, plugin).map((row) => ({ ...describe(plugin), ...row }));
    onProgress(i + 1, plugins.length, 'backbones');
    return rows;
  });
};
