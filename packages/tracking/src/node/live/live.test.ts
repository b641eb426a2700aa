import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { EpochEvent, RunEvent, StartEvent, StepEvent } from '@understory/core';
import { afterAll, expect, it } from 'vitest';
import { keepCrash } from '../crash.ts';
import { claimRun } from '../lock.ts';
import { requestStop, watchForStop } from '../stopRequest.ts';
import { followMetrics } from './followMetrics.ts';
import { glanceAtRun } from './glanceAtRun.ts';

const root = mkdtempSync(path.join(tmpdir(), 'understory-follow-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const start: StartEvent = {
  ...{ type: 'start', run: 'r', engine: 'e', epochs: 4, stepsPerEpoch: 1000, step: 0 },
  parameters: { inference: 1, heads: 0 },
};
const step = (at: number): StepEvent => ({
  ...{ type: 'step', step: at, epoch: 0, loss: at, terms: { a: 2 * at }, rate: 1, gradientNorm: 1 },
  ...{ imagesPerSecond: 10, waiting: 0 },
});
const epoch = (at: number): EpochEvent => ({
  ...{ type: 'epoch', epoch: at, step: (at + 1) * 1000, loss: 1, terms: {}, metrics: { accuracy: at / 10 } },
  ...{ best: true, seconds: 1 },
});
const text = (events: readonly RunEvent[]): string =>
  events.map((event) => `${JSON.stringify({ time: '2026-11-23T12:00:00.000Z', ...event })}\n`).join('');
const steps = (from: number, to: number): StepEvent[] =>
  Array.from({ length: to - from }, (_, i) => step(from + i));

const made = (name: string, content: string): { folder: string; file: string } => {
  const folder = path.join(root, name);
  mkdirSync(folder);
  const file = path.join(folder, 'metrics.jsonl');
  writeFileSync(file, content);
  return { folder, file };
};

it('follows a file as it grows, in means of neighbouring steps that hold each step once', async () => {
  const { file } = made('grows', text([start, ...steps(0, 3)]));
  const look = followMetrics(file);
  expect((await look())!.steps.map(({ step: at, last, loss }) => [at, last, loss])).toEqual([
    [0, 0, 0],
    [1, 1, 1],
    [2, 2, 2],
  ]);
  appendFileSync(file, text([...steps(3, 1000), epoch(0)]) + '{"type":"step","st');
  const told = (await look())!;
  const [first] = told.steps;
  expect(told.steps.length).toBeLessThanOrEqual(480);
  expect([first!.step, told.steps.at(-1)!.last]).toEqual([0, 999]);
  for (const { step: from, last, loss, terms } of told.steps) {
    expect(loss).toBe((from + last) / 2);
    expect(terms['a']).toBe(from + last);
  }
  expect([told.epochs.length, told.lastStep!.step, told.unreadable, told.every, told.read < 1]).toEqual([
    1,
    999,
    0,
    1,
    false,
  ]);
  appendFileSync(file, 'ep":1}\nnonsense\n');
  expect((await look())!.unreadable).toBe(2);
});

it('reads a file anew that was written anew, as a run that goes on does, and two looks at once one after the other', async () => {
  const { file } = made('anew', text([start, ...steps(0, 50)]));
  const look = followMetrics(file);
  const [a, b] = await Promise.all([look(), look()]);
  expect([a!.steps.length, b!.steps.length]).toEqual([50, 50]);
  rmSync(file);
  expect(await look()).toBeUndefined();
  writeFileSync(file, text([start, ...steps(0, 5)]));
  expect((await look())!.steps.length).toBe(5);
});

it('draws every n-th step of a long file, and has each epoch', async () => {
  const events = Array.from({ length: 40 }, (_, at) => [
    ...steps(at * 1000, at * 1000 + 1000),
    epoch(at),
  ]).flat();
  const { file } = made('long', text([start, ...events]));
  const told = (await followMetrics(file)())!;
  expect(told.every).toBeGreaterThan(1);
  expect(told.epochs.map((e) => e.metrics['accuracy'])).toEqual(
    Array.from({ length: 40 }, (_, at) => at / 10),
  );
  expect(told.steps.length).toBeLessThanOrEqual(480);
});

it('glances at a run: its state, how far it is, its last numbers', async () => {
  const { folder, file } = made('glanced', text([start, ...steps(0, 1000), epoch(0), ...steps(1000, 1500)]));
  const seen = await glanceAtRun(folder);
  expect(seen).toMatchObject({
    state: 'interrupted',
    epoch: 1,
    epochs: 4,
    step: 1500,
    steps: 4000,
    metrics: { accuracy: 0 },
  });
  const release = await claimRun(folder);
  expect((await glanceAtRun(folder)).state).toBe('running');
  await release();
  appendFileSync(file, text([{ type: 'done', step: 4000, aborted: false, seconds: 2 }]));
  expect((await glanceAtRun(folder)).state).toBe('done');
  writeFileSync(file, 'nothing of a run\n');
  expect((await glanceAtRun(folder)).state).toBe('damaged');
  writeFileSync(file, text([{ ...start, units: { nll: 'nats' } }, step(0)]));
  await keepCrash(folder, new Error('No space left.'));
  expect(await glanceAtRun(folder)).toMatchObject({
    ...{ state: 'crashed', problem: 'No space left.', units: { nll: 'nats' } },
  });
});

it('is told to stop by a file in the run’s folder, once, and not by one from before', async () => {
  const { folder } = made('stopped', '');
  await requestStop(folder);
  let asked = 0;
  const end = watchForStop(folder, () => asked++);
  await new Promise((resolve) => setTimeout(resolve, 1300));
  expect(asked).toBe(0);
  await requestStop(folder);
  await expect.poll(() => asked, { timeout: 10_000 }).toBe(1);
  end();
});
