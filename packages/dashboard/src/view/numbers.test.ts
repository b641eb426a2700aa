import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { EpochEvent, RunEvent, StepEvent, WorkerSpeed } from '@understory/core';
import { renderSection } from '@understory/report/node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { watchRuns, type Watched } from '../runs/watchRuns.ts';
import { eventsOf, writeRun } from '../testing/madeRuns.ts';
import { liveParts, OWN_PARTS } from './liveParts.ts';
import { overview } from './overview.ts';
import { runLooks } from './runLook.ts';

const root = mkdtempSync(path.join(os.tmpdir(), 'understory-numbers-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const speeds = (epoch: number): WorkerSpeed[] =>
  [0, 1, 2].map((rank) => ({
    imagesPerSecond: 90 - 10 * rank + epoch,
    waiting: 0.031 * (rank + 1) + 0.001 * epoch,
    inSums: 0.2 + 0.05 * rank,
  }));

let runs: readonly Watched[] = [];
let lines: RunEvent[] = [];
beforeAll(async () => {
  const events = eventsOf(3, 200, 7).map((event): RunEvent =>
    event.type === 'epoch' ? { ...event, workers: speeds(event.epoch) } : event,
  );
  const folder = writeRun(path.join(root, 'several'), events);
  lines = readFileSync(path.join(folder, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RunEvent);
  const watch = watchRuns(root);
  runs = await watch.watch((await watch.list()).map(({ id }) => id));
});

const stepsOf = (): StepEvent[] => lines.filter((line) => line.type === 'step');
const epochsOf = (): EpochEvent[] => lines.filter((line) => line.type === 'epoch');

const share = (value: number): string => `${(100 * value).toFixed(1)} %`;
const digits3 = (value: number): string => String(Number(value.toPrecision(3)));
const plain = (markup: string): string =>
  markup
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
const cellsOf = (row: string): string[] =>
  [...row.matchAll(/<t[hd][^>]*>([\s\S]*?)<\/t[hd]>/g)].map((m) => plain(m[1] ?? ''));

interface Chart {
  readonly record: string;
  readonly series: readonly {
    readonly name: string;
    readonly points: readonly [number, number, string, string][];
  }[];
}
const chartsOf = (markup: string): Chart[] =>
  [...markup.matchAll(/data-record="([^"]*)"[\s\S]*?json">([\s\S]*?)<\/script>/g)].map(
    ([, record = '', json = '']) => ({
      record,
      series: JSON.parse(json) as Chart['series'],
    }),
  );

/** The mean of what the record's steps hold where a point stands: `steps 2 to 3`. */
const meanAt = (where: string, value: (step: StepEvent) => number): number => {
  const [from = NaN, to = from] = (where.match(/\d+/g) ?? []).map(Number);
  const own = stepsOf().filter(({ step }) => step >= from && step <= to);
  return own.reduce((sum, step) => sum + value(step), 0) / own.length;
};

const checkSpeed = (markup: string): void => {
  const charts = chartsOf(markup);
  expect(charts.map(({ record }) => record)).toEqual(['imagesPerSecond', 'waiting']);
  for (const { record, series } of charts)
    for (const [, , where, text] of series.flatMap(({ points }) => points)) {
      const value = meanAt(where, (step) => step[record as 'waiting']);
      expect(plain(text), `${record} at ${where}`).toBe(record === 'waiting' ? share(value) : digits3(value));
    }
};

const checkWorkers = (markup: string): void => {
  const [head = '', ...rows] = markup.split('<tr>').slice(1);
  expect(cellsOf(head)).toEqual(['', 'Images a second', 'Waiting for data', 'In sums over workers']);
  const toldBy = ({ imagesPerSecond, waiting, inSums }: WorkerSpeed): string[] => [
    digits3(imagesPerSecond),
    share(waiting),
    share(inSums),
  ];
  const last = epochsOf().at(-1)?.workers ?? [];
  expect(rows.map(cellsOf)).toEqual(last.map((speed, rank) => [`worker ${rank}`, ...toldBy(speed)]));
  const charts = chartsOf(markup);
  expect(charts.map(({ record }) => record)).toEqual(['imagesPerSecond', 'waiting', 'inSums']);
  charts.forEach(({ series }, measure) =>
    series.forEach(({ name, points }, rank) => {
      expect(name).toBe(`worker ${rank}`);
      const told = epochsOf().map(({ workers = [] }) => workers[rank] && toldBy(workers[rank])[measure]);
      expect(points.map(([, , , text]) => plain(text))).toEqual(told);
    }),
  );
};

const CHECKS: Readonly<Record<string, (markup: string) => void>> = {
  speed: checkSpeed,
  workers: checkWorkers,
};

it('has in each part of its own what the record says', () => {
  const made = OWN_PARTS.map((part) => part(runs, [{ label: 'several' }]));
  expect(made).not.toContain(undefined);
  for (const section of made) {
    if (!section) continue;
    expect(Object.keys(CHECKS), 'a part whose numbers nothing reads').toContain(section.id);
    CHECKS[section.id]?.(renderSection(section).text.replaceAll('\u202f', ' '));
  }
});

it('has in a report’s curves what the record says', async () => {
  const { parts } = await liveParts(runs, runLooks());
  const markup = parts.find(({ id }) => id === 'curves')?.markup.replaceAll('\u202f', ' ') ?? '';
  const charts = chartsOf(markup);
  expect(charts.map(({ record }) => record)).toEqual([
    ...['accuracy', 'loss', 'cross-entropy/ce', 'contrastive-deep-supervision/stage1'],
  ]);
  for (const { record, series } of charts)
    for (const [, , where, text] of series.flatMap(({ points }) => points)) {
      const [, epoch] = /^epoch (\d+)$/.exec(where) ?? [];
      const value = epoch
        ? (epochsOf()[Number(epoch) - 1]?.metrics[record] ?? NaN)
        : meanAt(where, ({ loss, terms }) => (record === 'loss' ? loss : (terms[record] ?? NaN)));
      expect(plain(text), `${record} at ${where}`).toBe(epoch ? share(value) : digits3(value));
    }
});

it('has in the list what the record says', () => {
  const row =
    overview(runs, { stop: true, resume: true }).text.replaceAll('\u202f', ' ').split('<tr')[2] ?? '';
  const [name, state, progress, numbers, speed] = cellsOf(row.replace(/<script[\s\S]*/, ''));
  expect([name, state, speed]).toEqual(['several', 'stopped', '–']);
  expect(progress).toBe('epoch 3 of 5');
  expect(row).toContain('max="1000" value="607"');
  expect(numbers).toBe(`accuracy ${share(epochsOf().at(-1)?.metrics['accuracy'] ?? NaN)}`);
});
