import { appendFileSync, existsSync, mkdtempSync, renameSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32c, type DoneEvent, type RunEvent, type RunResult } from '@understory/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linesBefore, parseLines, readEdges, readMetrics, type MetricsLine } from './node/metricsFile.ts';
import { metricsReporter } from './node/metricsReporter.ts';
import { plainReporter } from './plainReporter.ts';
import { plainPlugin, tensorboardPlugin } from './node/plugins.ts';
import { summariesOf, tensorboardReporter } from './node/tensorboard/tensorboardReporter.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'understory-'));
const now = (): Date => new Date('2026-11-23T12:00:00.125Z');
const PER_EPOCH = 4;

const start = (step = 0): RunEvent => ({
  type: 'start',
  run: 'cds',
  engine: 'tfjs cpu',
  epochs: 3,
  stepsPerEpoch: PER_EPOCH,
  step,
  parameters: { inference: 700, heads: 40 },
});
const stepAt = (step: number, loss = 1 / (step + 1)): RunEvent => ({
  type: 'step',
  step,
  epoch: Math.floor(step / PER_EPOCH),
  loss,
  terms: { 'cds/stage1': loss / 2, 'cross-entropy/ce': loss / 2 },
  rate: 0.1,
  gradientNorm: 2,
  imagesPerSecond: 100,
  waiting: 0.01,
});
const epochAt = (epoch: number): RunEvent => ({
  type: 'epoch',
  epoch,
  step: (epoch + 1) * PER_EPOCH,
  loss: 0.5,
  terms: { 'cross-entropy/ce': 0.5 },
  metrics: { accuracy: 0.25 * (epoch + 1) },
  best: true,
  seconds: 12.34,
});
const split = (accuracy: number): { validation: { accuracy: number }; test: { accuracy: number } } => ({
  validation: { accuracy },
  test: { accuracy: accuracy - 0.01 },
});
const done = (aborted = false): RunEvent =>
  aborted
    ? { type: 'done', step: 6, aborted, seconds: 30 }
    : {
        type: 'done',
        step: 12,
        aborted,
        seconds: 126,
        result: { selectOn: 'validation', bestEpoch: 1, last: split(0.7), best: split(0.75) },
      };

/** A whole run's events from a step on. */
const runFrom = (from: number): RunEvent[] => {
  const steps = Array.from({ length: 12 - from }, (_, i) => from + i);
  const of = (step: number): RunEvent[] =>
    (step + 1) % PER_EPOCH === 0
      ? [
          stepAt(step),
          epochAt((step + 1) / PER_EPOCH - 1),
          { type: 'checkpoint', name: 'last', step: step + 1 },
        ]
      : [stepAt(step)];
  return [start(from), ...steps.flatMap(of), done()];
};
const tell = async (file: string, events: readonly RunEvent[]): Promise<void> => {
  const reporter = metricsReporter({ file, now });
  for (const event of events) await reporter.report(event);
  await reporter.close?.();
};
/** Steps, epochs and the end: a resumed run starts once more, and may not have told of its last checkpoint. */
const story = (lines: readonly MetricsLine[]): MetricsLine[] =>
  lines.filter((l) => l.type !== 'start' && l.type !== 'checkpoint');

describe('metrics.jsonl', () => {
  it('holds each event on a line, as soon as it was told', async () => {
    const file = join(folder(), 'a', 'metrics.jsonl');
    const reporter = metricsReporter({ file, now });
    await reporter.report(start());
    await reporter.report(stepAt(0));
    const lines = readFileSync(file, 'utf8').split('\n');
    expect(lines).toHaveLength(3);
    expect(JSON.parse(lines[1]!)).toEqual({ time: '2026-11-23T12:00:00.125Z', ...stepAt(0) });
    await reporter.close?.();
  });

  it('reads as if nothing had happened, wherever the run was killed and resumed', async () => {
    const whole = join(folder(), 'metrics.jsonl');
    await tell(whole, runFrom(0));
    const expected = story(await readMetrics(whole));
    const events = runFrom(0);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: events.length }),
        fc.nat({ max: 11 }),
        fc.constantFrom('', '{"type":"step","st', '\n'),
        async (told, checkpoint, torn) => {
          const file = join(folder(), 'metrics.jsonl');
          const killed = events.slice(0, told);
          const steps = killed.filter((e) => e.type === 'step').length;
          // A checkpoint at an epoch's end is written after the epoch was told.
          const reached = killed.at(-1)?.type === 'step' ? steps - 1 : steps;
          await tell(file, killed);
          appendFileSync(file, torn);
          await tell(file, runFrom(Math.min(checkpoint, Math.max(0, reached))));
          const lines = await readMetrics(file);
          expect(story(lines)).toEqual(expected);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('forgets the end of a stopped run that goes on', async () => {
    const file = join(folder(), 'metrics.jsonl');
    await tell(file, [start(), stepAt(0), stepAt(1), done(true)]);
    await tell(file, [start(2), stepAt(2)]);
    expect((await readMetrics(file)).map((l) => l.type)).toEqual(['start', 'step', 'step', 'start', 'step']);
  });

  it('writes numbers that are not finite as null and reads them as NaN', async () => {
    const file = join(folder(), 'metrics.jsonl');
    await tell(file, [stepAt(0, Infinity), stepAt(1, NaN)]);
    const lines = await readMetrics(file);
    expect(lines.map((l) => l.type === 'step' && l.loss)).toEqual([NaN, NaN]);
    expect(readFileSync(file, 'utf8')).toContain('"loss":null');
  });

  it('ends with an error where its file was moved or deleted, and makes none where a run goes on', async () => {
    const file = join(folder(), 'metrics.jsonl');
    const reporter = metricsReporter({ file });
    await reporter.report(start());
    await reporter.report(stepAt(0));
    renameSync(file, `${file}.old`);
    await expect(Promise.resolve(reporter.report(stepAt(1)))).rejects.toThrow(/was moved or deleted/);
    await reporter.close?.();
    await expect(Promise.resolve(metricsReporter({ file }).report(start(2)))).rejects.toThrow(/is missing/);
    expect(existsSync(file)).toBe(false);
  });

  it('names the file that it cannot write', async () => {
    const reporter = metricsReporter({ file: '/dev/null/metrics.jsonl' });
    await expect(Promise.resolve(reporter.report(stepAt(0)))).rejects.toThrow(
      /Could not write to \/dev\/null/,
    );
  });

  it('shows the edges of a long file, and looks further where an epoch is long', async () => {
    const file = join(folder(), 'metrics.jsonl');
    const lines = (from: number, to: number): string =>
      Array.from({ length: to - from }, (_, i) => `${JSON.stringify(stepAt(from + i))}\n`).join('');
    appendFileSync(file, `${JSON.stringify(start())}\n${lines(0, 4000)}${JSON.stringify(epochAt(0))}\n`);
    const near = await readEdges(file);
    expect([near[0]?.type, near.at(-1)?.type, near.length < 4002]).toEqual(['start', 'epoch', true]);
    appendFileSync(file, lines(4000, 8000));
    expect((await readEdges(file)).some((l) => l.type === 'epoch')).toBe(true);
    expect(await readEdges(join(folder(), 'none'))).toEqual([]);
  });

  it('keeps no epoch that had not ended', () => {
    const lines = [epochAt(0), epochAt(1)].map((e): MetricsLine => ({ ...e, time: '' }));
    expect(linesBefore(lines, 7, PER_EPOCH)).toHaveLength(1);
    expect(linesBefore(lines, 8, PER_EPOCH)).toHaveLength(2);
    expect(parseLines('[]\nnull\n{"type":"other"}\n')).toEqual([]);
  });
});

describe('TensorBoard files', () => {
  const records = (bytes: Buffer): Buffer[] => {
    const out: Buffer[] = [];
    for (let at = 0; at < bytes.length;) {
      const length = Number(bytes.readBigUInt64LE(at));
      out.push(bytes.subarray(at + 12, at + 12 + length));
      at += length + 16;
    }
    return out;
  };

  it('begin anew when a run goes on, and say from which step', () => {
    const at = folder();
    let seconds = 1_700_000_000;
    for (const from of [0, 5]) {
      const reporter = tensorboardReporter({ folder: at, now: () => new Date(seconds++ * 1000) });
      for (const event of [start(from), stepAt(from), epochAt(0), done()]) void reporter.report(event);
      void reporter.close?.();
    }
    const files = readdirSync(at).sort();
    expect(files).toHaveLength(2);
    const second = records(readFileSync(join(at, files[1]!)));
    expect(second).toHaveLength(5);
    expect(second[0]!.includes('brain.Event:2')).toBe(true);
    expect([...second[1]!.subarray(9)]).toEqual([0x10, 5, 0x3a, 2, 8, 1]); // step 5, session log START
    expect(second[2]!.includes('loss/cds/stage1')).toBe(true);
    expect(second[3]!.includes('validation/accuracy')).toBe(true);
    expect(crc32c(second[2]!)).toBeGreaterThan(0);
  });

  it('tell what an event holds, by tag', () => {
    const tags = (event: RunEvent): string[] => summariesOf(event)?.summaries.map((s) => s.tag) ?? [];
    expect(tags(stepAt(0))).toEqual([
      'loss/total',
      'loss/cds/stage1',
      'loss/cross-entropy/ce',
      'rate/rate',
      'gradient/norm',
      'speed/images per second',
      'speed/waiting',
    ]);
    expect(tags(done())).toEqual(['test/best/accuracy', 'test/last/accuracy']);
    const epoch = {
      type: 'epoch',
      epoch: 0,
      step: 3,
      loss: 1,
      terms: {},
      metrics: { accuracy: 0.5 },
    } as const;
    expect(tags({ ...epoch, best: true, seconds: 1 })).toEqual(['validation/accuracy']);
    expect(tags({ ...epoch, best: true, seconds: 1, split: 'test' })).toEqual(['test/accuracy']);
    expect([tags(start()), tags(done(true))]).toEqual([[], []]);
  });

  it('name the folder that cannot be written', () => {
    expect(() => tensorboardReporter({ folder: '/dev/null/x' }).report(start())).toThrow(/\/dev\/null\/x/);
  });
});

describe('plain lines', () => {
  it('tell a run in a few lines', async () => {
    const out: string[] = [];
    const reporter = plainReporter((text) => out.push(text));
    for (const event of [...runFrom(4), done(true)]) await reporter.report(event);
    expect(out).toEqual([
      'cds: 3 epochs of 4 steps, going on at step 4; 700 parameters and 40 in heads; tfjs cpu\n',
      'epoch 2/3  loss 0.5000  cross-entropy/ce 0.5000  accuracy 0.5000  12 s  best so far\n',
      'epoch 3/3  loss 0.5000  cross-entropy/ce 0.5000  accuracy 0.7500  12 s  best so far\n',
      'done in 2 min; best weights (epoch 2) on test: accuracy 0.7400; last weights: accuracy 0.6900\n',
      'stopped after 6 steps, 30 s; it can be resumed\n',
    ]);
  });

  it('tell the validation metrics of a run without test images', async () => {
    const out: string[] = [];
    const event = done();
    const { result } = event as DoneEvent & { result: RunResult };
    const untested = { ...result, best: { ...result.best, test: {} }, last: { ...result.last, test: {} } };
    await plainReporter((text) => out.push(text)).report({ ...event, result: untested } as RunEvent);
    expect(out[0]).toMatch(
      /best weights \(epoch 2\) on validation: accuracy \d.*; last weights: accuracy \d/,
    );
  });
});

/** Nothing is looked at where nothing is asked for. */
const never = (): Promise<never> => Promise.reject(new Error('looked at'));

it('plugins write into the run folder', async () => {
  const at = folder();
  const options = tensorboardPlugin.options.parse({});
  const insight = { weights: never, gradients: never, views: never, features: never };
  const reporter = tensorboardPlugin.create({ ...options, insight, run: { folder: at, name: 'x' } });
  await reporter.report(start());
  await reporter.close?.();
  expect(readdirSync(at)).toEqual(['tensorboard']);
  expect(plainPlugin.create({})).toHaveProperty('report');
});
