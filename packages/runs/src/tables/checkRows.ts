import { applyOverride, checkConfig, placeWith } from '@understory/config';
import type { Row } from '@understory/recipes';
import { openRegistry } from '../session.ts';
import type { Place } from './place.ts';
import { rowConfig } from './trainRow.ts';

/** Checks the configs of rows with the changes that were asked for, before the engine loads. */
export const checkRows = async (
  rows: readonly Row[],
  { table, runs }: Place,
  set: readonly string[] = [],
): Promise<void> => {
  const registry = await openRegistry([], process.cwd());
  for (const row of rows) {
    const config = rowConfig(row, 0, { table, runs, set: [] });
    const made = set.map((override) => applyOverride(config, override));
    const name = `row "${row.key}"`;
    checkConfig(
      config,
      registry,
      placeWith(name, () => name, made),
    );
  }
};
