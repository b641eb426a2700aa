import { optionsSchema } from '@understory/config';
import { BACKBONE, type AnyPlugin, type Registry } from '@understory/core';
import { backboneRows } from '../backbones/describeNetwork.ts';
import { loadCpu } from '../session.ts';

const describe = (plugin: AnyPlugin) => ({
  kind: plugin.token.key,
  name: plugin.name,
  summary: plugin.summary,
  options: optionsSchema(plugin.options),
});

/** Plugins of some kinds as plain data; backbones alone with what they are made of, one entry a stem. */
export const pluginRows = (registry: Registry, kinds: readonly string[]): object[] => {
  const plugins = kinds.flatMap((key) => registry.list({ key }));
  if (kinds.join() !== BACKBONE.key) return plugins.map(describe);
  loadCpu();
  return plugins.flatMap((plugin) =>
    backboneRows(registry, plugin).map((row) => ({ ...describe(plugin), ...row })),
  );
};
