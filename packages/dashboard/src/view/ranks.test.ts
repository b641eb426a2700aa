import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { RunEvent, WorkerSpeed } from '@understory/core';
import { followMetrics } from '@understory/tracking/node';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Watched } from '../runs/watchRuns.ts';
import { renderSection } from '@understory/report/node';
import { eventsOf, writeRun } from '../testing/madeRuns.ts';
import { ranks } from './ranks.ts';

let folder = '';
beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'ranks-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const speeds = (size: number): WorkerSpeed[] =>
  Array.from({ length: size }, (_, rank) => ({ imagesPerSecond: 100 - rank, waiting: 0.02, inSums: 0.1 }));

/** What the page says of a run of which so many workers told after each epoch. */
const shown = async (size: number, epochs: number): Promise<string | undefined> => {
  const events = eventsOf(epochs).map((event): RunEvent =>
    size > 0 && event.type === 'epoch' ? { ...event, workers: speeds(size) } : event,
  );
  const run = writeRun(path.join(folder, `of-${size}`), events);
  const told = await followMetrics(path.join(run, 'metrics.jsonl'))();
  const section = ranks([{ name: 'mine', told } as Watched]);
  return section && renderSection(section).text;
};

it('a run of several workers is shown rank by rank: a table, and curves by epoch', async () => {
  const text = await shown(2, 3);
  expect(text).toContain('mine: 2 workers');
  expect(text).toMatch(/worker 1<\/th>\s*<td>99[^<]*<\/td>\s*<td>2[^<]*%<\/td>\s*<td>10[^<]*%<\/td>/);
  expect(text!.match(/<svg/g)).toHaveLength(3);
});

it('of many workers the slowest are shown', async () => {
  const text = await shown(20, 1);
  expect(text).toContain('the 8 slowest of 20 workers');
  expect(text).toMatch(/worker 19<\/th>/);
  expect(text).not.toMatch(/worker 3<\/th>/);
});

it('a run that one process trains has no such part', async () => {
  expect(await shown(0, 2)).toBeUndefined();
});
