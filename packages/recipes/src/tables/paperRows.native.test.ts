import { parseConfig } from '@understory/config';
import { eagerRunner, type Spec } from '@understory/core';
import { createRegistry } from '@understory/registry';
import { describe, expect, it } from 'vitest';
import { defaultPlugins } from '../defaultPlugins.ts';
import { writeTableData } from '../testing/tableData.test.support.ts';
import { inputOf, paperTables, threeSteps } from '../testing/tableRows.test.support.ts';
import type { Row, Table } from './table.ts';

const registry = createRegistry(defaultPlugins);
const nameOf = (spec: Spec): string => (typeof spec === 'string' ? spec : spec[0]);

/**
 * What costs most and is trained elsewhere: networks whose blocks one of 50 layers has too, and a row that the paper does not
 * have. `npm run check:tables` trains them.
 */
const LARGEST = ['resnext101', 'wideresnet101', 'region-contrast'];

/** What rows differ in: network, task, objectives, and what does not learn. */
const featuresOf = (row: Row): string[] => {
  const { backbone, task, objectives, freeze } = parseConfig(inputOf(row));
  const names = objectives.map(nameOf);
  return [nameOf(backbone), nameOf(task), ...names, `first ${names[0]}`, `frozen ${freeze?.upTo}`];
};

/** The rows that have a network or an objective which no row before them has. */
const chosen = (): readonly (readonly [string, Table, Row])[] => {
  const seen = new Set<string>();
  return paperTables(writeTableData()).flatMap((table) =>
    table.rows.flatMap((row) => {
      const features = featuresOf(row);
      if (features.every((feature) => seen.has(feature)) || features.some((f) => LARGEST.includes(f)))
        return [];
      features.forEach((feature) => seen.add(feature));
      return [[`${table.name} ${row.key}`, table, row] as const];
    }),
  );
};

// `npm run check:tables` does this for every row, at the paper's own size of pictures.
describe('three steps at paper scale, each network and method once', () => {
  it.each(chosen())('%s', async (_name, table, row) => {
    const events = await threeSteps(table, row, { registry, runner: eagerRunner(), batch: 2, side: 64 });
    expect(events).toHaveLength(3);
    for (const { loss, terms } of events)
      expect([loss, ...Object.values(terms)].every(Number.isFinite), JSON.stringify(terms)).toBe(true);
  });
});
