import { checkConfig, parseConfig } from '@understory/config';
import { BACKBONE, OBJECTIVE } from '@understory/core';
import { createRegistry } from '@understory/registry';
import { describe, expect, it } from 'vitest';
import { defaultPlugins } from '../defaultPlugins.ts';
import { tables } from './index.ts';
import { fileKey, referenceOf, rowOf, type Row } from './table.ts';

const registry = createRegistry(defaultPlugins);
const DATA = { data: 'cifar', pretrain: 'cifar' };

/** Values by what the rows that they belong to learn. */
const byTask = <T>(values: readonly (readonly [task: unknown, value: T])[]): T[][] => {
  const groups = new Map<string, T[]>();
  for (const [task, value] of values) {
    const key = JSON.stringify(task);
    groups.set(key, [...(groups.get(key) ?? []), value]);
  }
  return [...groups.values()];
};

const configOf = ({ config }: Row) =>
  parseConfig(typeof config === 'function' ? config((key) => `runs/${key}`) : config);

describe.each(Object.entries(tables))('%s', (name, make) => {
  it.each(['pocket', 'paper'] as const)('names only what there is, %s', (scale) => {
    const table = make({ scale, ...DATA });
    const keys = table.rows.map((row) => row.key);
    expect(table.name).toBe(name);
    expect(new Set(keys.map(fileKey)).size).toBe(keys.length);
    for (const row of table.rows) expect(keys, row.key).toContain(referenceOf(table, row));
    expect(keys).toContain(table.reference);
    for (const row of table.rows) {
      const config = configOf(row);
      expect(() => checkConfig(config, registry), row.key).not.toThrow();
      const { objectives, backbone } = config;
      objectives.forEach((spec) => registry.make(OBJECTIVE, spec));
      registry.make(BACKBONE, backbone);
      if (row.after !== undefined) expect(keys.indexOf(row.after)).toBeLessThan(keys.indexOf(row.key));
    }
  });

  it.each(['pocket', 'paper'] as const)('measures rows against rows of the same images, %s', (scale) => {
    const table = make({ scale, ...DATA });
    const datasetOf = (row: Row) => configOf(row).dataset;
    for (const row of table.rows.filter(({ apart }) => !apart))
      expect(datasetOf(row), row.key).toEqual(datasetOf(rowOf(table, referenceOf(table, row))));
  });

  it('gives all rows that learn the same the same budget', () => {
    const budgets = make({ scale: 'pocket', ...DATA }).rows.map((row) => {
      const { task, epochs, batch, lastBatch, schedule, optimizer, dataset, weights } = configOf(row);
      const budget = JSON.stringify({ epochs, batch, lastBatch, schedule, optimizer, dataset });
      // Classifiers that are trained first, and those that begin with their weights, learn something else.
      const stage = task === 'classification' ? [row.key.startsWith('pre-'), weights !== undefined] : [];
      return [[task, ...stage], budget] as const;
    });
    for (const own of byTask(budgets)) expect(new Set(own).size).toBe(1);
  });
});

describe.each(Object.entries(tables))('views of %s', (_name, make) => {
  const viewsOf = (scale: 'pocket' | 'paper') => make({ scale, ...DATA }).rows.map(configOf);

  it.each(['pocket', 'paper'] as const)('are as many as the objectives look at, %s', (scale) => {
    for (const { views, unlabelled, objectives } of viewsOf(scale)) {
      const made = objectives.map((spec) => registry.make(OBJECTIVE, spec));
      const needed = (stream: string): number =>
        Math.max(1, ...made.map((o) => ((o.viewStreams?.includes(stream) ?? true) ? (o.views ?? 1) : 1)));
      const own = made.some((o) => o.viewSet !== undefined && !o.viewStreams);
      if (!own || views) expect(views).toHaveLength(needed(unlabelled ? 'labelled' : 'train'));
      if (unlabelled && unlabelled.batch > 0) expect(unlabelled.views).toHaveLength(needed('unlabelled'));
    }
  });

  it('begin with the same one in every row that learns the same, which cuts nothing out of a pocket image', () => {
    const first = viewsOf('pocket').flatMap(({ task, views }) =>
      views ? [[task, JSON.stringify(views[0])] as const] : [],
    );
    for (const own of byTask(first)) {
      expect(new Set(own).size).toBe(1);
      expect(own[0]).toMatch(/crop|scale-jitter/);
      expect(own[0]).not.toContain('cutout');
    }
  });
});

it('trains distilled students from the teacher of the same table', () => {
  const rows = tables['distillation']!({ scale: 'pocket', data: 'cifar' }).rows;
  const teachers = rows.map((row) => JSON.stringify(configOf(row).objectives).match(/"run":"([^"]*)"/)?.[1]);
  const [teacher, branches] = rows;
  expect([teacher!.key, branches!.key]).toEqual(['teacher', 'teacher-branches']);
  // The branches are trained on the teacher as it is: its weights, and no teacher beside it.
  expect(configOf(branches!).weights).toEqual({ run: 'runs/teacher' });
  for (const [i, { key, after }] of rows.entries())
    if (key !== 'teacher-branches') expect(teachers[i], key).toBe(after && `runs/${after}`);
});
