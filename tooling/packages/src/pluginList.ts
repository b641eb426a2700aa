import path from 'node:path';
import { defaultPlugins } from '@understory/recipes';
import { createRegistry } from '@understory/registry';
import { pluginRows } from '@understory/runs';
import { ROOT } from './workspace.ts';

/** What `understory list` reads, so that it need not load all plugins. */
export const PLUGIN_LIST_FILE = path.join(ROOT, 'packages/cli/plugins.json');

/** Understory's own plugins as JSON, a line each. */
export const pluginListText = (): string =>
  `[\n${pluginRows(createRegistry(defaultPlugins))
    .map((row) => JSON.stringify(row))
    .join(',\n')}\n]\n`;
