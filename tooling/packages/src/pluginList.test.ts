import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PLUGIN_LIST_FILE, pluginListText } from './pluginList.ts';

it('every plugin stands with its options in what `understory list` reads', () =>
  expect(readFileSync(PLUGIN_LIST_FILE, 'utf8'), '`npm run renew` writes it down').toBe(pluginListText()));
