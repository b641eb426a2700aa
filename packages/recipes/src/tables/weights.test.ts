import { OBJECTIVE, readSpec, type Spec } from '@understory/core';
import { createRegistry } from '@understory/registry';
import { describe, expect, it } from 'vitest';
import { defaultPlugins } from '../defaultPlugins.ts';
import { inputOf } from '../testing/tableRows.test.support.ts';
import { tables } from './index.ts';
import { rowOf, seedOfRow, seedsOf, type Row, type Table } from './table.ts';
import { FACTORS, TRIAL_SEED, WEIGHTS } from './weights.ts';

const registry = createRegistry(defaultPlugins);
const objectives = new Map(registry.list(OBJECTIVE).map((plugin) => [plugin.name, plugin]));
const pocket = Object.values(tables).map((make) =>
  make({ scale: 'pocket', data: 'cifar', pretrain: 'cifar' }),
);
const tableOf = (name: string): Table => pocket.find((table) => table.name === name)!;

/** An objective with its options filled in, those of an objective within it too. */
const filled = (spec: unknown): unknown => {
  const read = readSpec(spec);
  const plugin = read && objectives.get(read[0]);
  if (!plugin) return spec;
  const options = Object.entries(plugin.options.parse(read[1]) as object);
  return { is: plugin.name, ...Object.fromEntries(options.map(([key, value]) => [key, filled(value)])) };
};

const WEIGHS = /^(w|.*W)eight$/;

/** Filled options with all that weighs terms divided by a factor. */
const lighter = (value: unknown, factor: number): unknown => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      typeof one === 'number' && WEIGHS.test(key)
        ? Number((one / factor).toPrecision(6))
        : lighter(one, factor),
    ]),
  );
};

const objectivesOf = (row: Row): readonly Spec[] => inputOf(row).objectives!;

describe('distillation-weights', () => {
  const [trials, table] = [tableOf('distillation-weights'), tableOf('distillation')];
  const methods = table.rows.filter(({ key }) => !/^teacher|^none$/.test(key));

  it.each(methods.map((row) => [row.key, row] as const))(
    '%s: every weight of its own, and nothing else, is a factor of what the table has',
    (key, released) => {
      const [task, own] = objectivesOf(released);
      for (const factor of FACTORS.values) {
        const row = rowOf(trials, `${key}-${factor}`);
        const [triedTask, tried, ...others] = objectivesOf(row);
        expect([triedTask, others]).toEqual([task, []]);
        expect(lighter(filled(tried), factor)).toEqual(filled(own));
        const { dataset, ...rest } = inputOf(row);
        const { dataset: images, ...asReleased } = inputOf(released);
        expect({ ...rest, objectives: [] }).toEqual({ ...asReleased, objectives: [] });
        expect(JSON.stringify([images, row.after])).toBe(
          JSON.stringify([dataset, released.after]).replace('"validation":2000', '"validation":500'),
        );
      }
    },
  );

  it('has networks that teach as the table has them, of the trials’ seed', () => {
    for (const key of ['teacher', 'teacher-branches']) {
      const [own, others] = [rowOf(trials, key), rowOf(table, key)];
      expect(inputOf(own).objectives).toEqual(inputOf(others).objectives);
      expect([own.seed, others.seed]).toEqual([TRIAL_SEED, 0]);
    }
  });

  it('tries as much of each method as supervision does, and nothing more', () => {
    expect(FACTORS.values).toHaveLength(WEIGHTS.values.length);
    expect(FACTORS.values).toContain(1);
    expect(trials.rows).toHaveLength(2 + 1 + methods.length * FACTORS.values.length);
  });
});

const trying = pocket.filter(({ name }) => name.endsWith('-weights'));

it.each(trying.map((table) => [table.name, table] as const))(
  '%s is told by validation images, on seeds that no table of results has',
  (_name, table) => {
    expect(table.told).toBe('validation');
    const seeds = (one: Table): number[] =>
      one.rows.flatMap((row) => seedsOf(one).map((seed) => seedOfRow(row, seed)));
    const taken = new Set(pocket.filter((one) => !trying.includes(one)).flatMap(seeds));
    expect(seeds(table).filter((seed) => taken.has(seed))).toEqual([]);
  },
);
