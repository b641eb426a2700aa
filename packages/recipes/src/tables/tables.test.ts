import { parseConfig } from '@understory/config';
import { BACKBONE, OBJECTIVE } from '@understory/core';
import { createRegistry } from '@understory/registry';
import { describe, expect, it } from 'vitest';
import { defaultPlugins } from '../defaultPlugins.ts';
import { tables } from './index.ts';
import type { Row } from './table.ts';

const registry = createRegistry(defaultPlugins);
const configOf = ({ config }: Row) =>
  parseConfig(typeof config === 'function' ? config((key) => `runs/${key}`) : config);

describe.each(Object.entries(tables))('%s', (name, make) => {
  it.each(['pocket', 'full'] as const)('names only what there is, %s', (scale) => {
    const table = make({ scale, data: 'cifar' });
    const keys = table.rows.map((row) => row.key);
    expect(table.name).toBe(name);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toContain(table.reference);
    for (const row of table.rows) {
      const { objectives, backbone } = configOf(row);
      objectives.forEach((spec) => registry.make(OBJECTIVE, spec));
      registry.make(BACKBONE, backbone);
      if (row.after !== undefined) expect(keys.indexOf(row.after)).toBeLessThan(keys.indexOf(row.key));
    }
  });

  it('gives all rows of a student the same budget', () => {
    const configs = make({ scale: 'pocket', data: 'cifar' }).rows.map(configOf);
    const budgets = configs.map(({ epochs, batch, lastBatch, schedule, optimizer, dataset }) =>
      JSON.stringify({ epochs, batch, lastBatch, schedule, optimizer, dataset }),
    );
    expect(new Set(budgets).size).toBe(1);
  });
});

it('trains distilled students from the teacher of the same table', () => {
  const rows = tables['distillation']!({ scale: 'pocket', data: 'cifar' }).rows;
  const teachers = rows.map((row) => JSON.stringify(configOf(row).objectives).match(/"run":"([^"]*)"/)?.[1]);
  expect(rows[0]!.key).toBe('teacher');
  expect(teachers.map((t, i) => t === (rows[i]!.after && 'runs/teacher'))).not.toContain(false);
});
