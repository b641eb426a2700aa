import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { float32, uint8, type Insight, type NdArray, type RunEvent } from '@understory/core';
import { bytesOf, fieldsOf, messagesIn, numberOf, textOf } from '@understory/core/protobuf';
import { describe, expect, it } from 'vitest';
import { histogramOf } from '../../histogramOf.ts';
import { tensorboardReporter, type TensorboardSettings } from './tensorboardReporter.ts';

const folder = (): string => mkdtempSync(path.join(tmpdir(), 'understory-'));
const PER_EPOCH = 4;
const EPOCHS = 3;

const start = (step: number): RunEvent => ({
  ...{ type: 'start', run: 'cds', engine: 'none', epochs: EPOCHS, stepsPerEpoch: PER_EPOCH, step },
  parameters: { inference: 1, heads: 0 },
});
const stepAt = (step: number): RunEvent => ({
  ...{ type: 'step', step, epoch: Math.floor(step / PER_EPOCH), loss: 1, terms: {}, rate: 0.1 },
  ...{ gradientNorm: 1, imagesPerSecond: 1, waiting: 0 },
});
const epochAt = (epoch: number, best: boolean): RunEvent => ({
  ...{ type: 'epoch', epoch, step: (epoch + 1) * PER_EPOCH, loss: 1, terms: {}, metrics: {} },
  ...{ best, seconds: 1 },
});

/** Images whose every pixel says which image, view and epoch it is of. */
const flat = (images: number, at: (i: number) => number): NdArray =>
  uint8(
    Uint8Array.from({ length: images * 4 * 6 * 3 }, (_, i) => at(Math.floor(i / 72))),
    [images, 4, 6, 3],
  );

interface Seen {
  step: number;
  readonly views: [epoch: number, images: number][];
  readonly features: number[];
}

/** A training whose weights are ten times the steps that it has done. */
const trained = (): { readonly insight: Insight; readonly seen: Seen } => {
  const seen: Seen = { step: 0, views: [], features: [] };
  const insight: Insight = {
    weights: () =>
      Promise.resolve({
        'backbone/stem': float32(
          Float32Array.from({ length: 90_000 }, (_, i) => 10 * seen.step + (i % 2)),
          [90_000],
        ),
      }),
    gradients: () => Promise.resolve({ 'backbone/stem': float32(Float32Array.of(-3, 1, seen.step), [3]) }),
    views: (epoch, images) => {
      seen.views.push([epoch, images]);
      return Promise.resolve([0, 1].map((view) => flat(images, (i) => 50 * view + 10 * epoch + i)));
    },
    features: (images) => {
      seen.features.push(images);
      const names = Array.from({ length: images }, (_, i) => (i % 2 === 0 ? 'cat' : 'a\tdog\n'));
      const row = Array.from({ length: images * 3 }, (_, i) => i / 7);
      return Promise.resolve({
        images: names.map((_, i) => uint8(new Uint8Array(72).fill(i), [4, 6, 3])),
        taps: { stage1: float32(row, [images, 3]), 'a/b': float32(row, [images, 3]) },
        classes: names,
      });
    },
  };
  return { insight, seen };
};

/** Tells a whole run from a step on; `best`: the epochs that are. */
const told = async (settings: TensorboardSettings, seen: Seen, best: readonly number[], from = 0) => {
  const reporter = tensorboardReporter(settings);
  await reporter.report(start(from));
  for (let step = from; step < EPOCHS * PER_EPOCH; step++) {
    seen.step = step + 1;
    await reporter.report(stepAt(step));
    if ((step + 1) % PER_EPOCH === 0) {
      const epoch = (step + 1) / PER_EPOCH - 1;
      await reporter.report(epochAt(epoch, best.includes(epoch)));
    }
  }
  await reporter.close?.();
};

/** Summaries of all event files, by their kind's field: step, tag and content. */
const read = (at: string, kind: number): { step: number; tag: string; content: Uint8Array }[] => {
  const files = readdirSync(at)
    .filter((name) => name.startsWith('events'))
    .sort();
  return files.flatMap((name) => {
    const bytes = new Uint8Array(readFileSync(path.join(at, name)));
    const view = new DataView(bytes.buffer);
    const events: Uint8Array[] = [];
    for (let i = 0; i < bytes.length;) {
      const length = Number(view.getBigUint64(i, true));
      events.push(bytes.subarray(i + 12, i + 12 + length));
      i += length + 16;
    }
    return events.flatMap((event) => {
      const found = [...fieldsOf(event)].find(({ id }) => id === 2);
      const step = found ? numberOf(found) : 0;
      return messagesIn(event, 5)
        .flatMap((summary) => messagesIn(summary, 1))
        .flatMap((value) => {
          const fields = [...fieldsOf(value)];
          const content = fields.find(({ id }) => id === kind);
          const tag = fields.find(({ id }) => id === 1);
          return content && tag ? [{ step, tag: textOf(tag), content: bytesOf(content) }] : [];
        });
    });
  });
};

const doubleAt = (histogram: Uint8Array, id: number): number => {
  const found = [...fieldsOf(histogram)].find((field) => field.id === id);
  if (!found) return 0;
  const { buffer, byteOffset } = bytesOf(found);
  return new DataView(buffer, byteOffset).getFloat64(0, true);
};

describe('TensorBoard files with a look into the training', () => {
  it('show views at the start of each epoch, drawn for that epoch', async () => {
    const [at, { insight, seen }] = [folder(), trained()];
    await told({ folder: at, insight, images: 3 }, seen, []);
    expect(seen.views).toEqual([
      [0, 3],
      [1, 3],
      [2, 3],
    ]);
    const pictures = read(at, 4);
    expect(pictures.map(({ step, tag }) => [step, tag])).toEqual([
      [0, 'views'],
      [4, 'views'],
      [8, 'views'],
    ]);
    const sizes = [...fieldsOf(pictures[0]!.content)].slice(0, 2).map(numberOf);
    expect(sizes).toEqual([18, 12]); // three rows of two squares as wide as an image
  });

  it('show weights, gradients and what a step made of them, each so many steps, also where a run goes on', async () => {
    const [at, { insight, seen }] = [folder(), trained()];
    await told({ folder: at, insight, histograms: 4 }, seen, [], 5);
    const found = read(at, 5);
    expect(found.map(({ step, tag }) => [step, tag])).toEqual([
      [7, 'weights/backbone/stem'],
      [7, 'gradients/backbone/stem'],
      [7, 'updates/backbone/stem'],
      [11, 'weights/backbone/stem'],
      [11, 'gradients/backbone/stem'],
      [11, 'updates/backbone/stem'],
    ]);
    const [weights, gradients, updates] = found.map(({ content }) =>
      [1, 2, 3].map((id) => doubleAt(content, id)),
    );
    expect(weights).toEqual([80, 81, 65_536]);
    expect(gradients).toEqual([-3, 8, 3]);
    expect(updates).toEqual([10, 10, 65_536]);
  });

  it('hold the features of the best weights for the projector, or the last where none is best', async () => {
    const [at, { insight, seen }] = [folder(), trained()];
    await told({ folder: at, insight, projector: 5 }, seen, [0, 1]);
    expect(seen.features).toEqual([5, 5]);
    expect(readFileSync(path.join(at, 'projector/metadata.tsv'), 'utf8')).toBe(
      'cat\na dog\ncat\na dog\ncat\n',
    );
    const rows = readFileSync(path.join(at, 'projector/stage1.tsv'), 'utf8').trim().split('\n');
    expect(rows.map((row) => row.split('\t').map(Number))).toEqual(
      [0, 1, 2, 3, 4].map((i) => [0, 1, 2].map((j) => Number(((3 * i + j) / 7).toPrecision(6)))),
    );
    const config = readFileSync(path.join(at, 'projector_config.pbtxt'), 'utf8');
    for (const part of ['tensor_name: "a/b"', 'tensor_path: "projector/a_b.tsv"', 'single_image_dim: 6'])
      expect(config).toContain(part);
    const last = trained();
    await told({ folder: folder(), insight: last.insight, projector: 5 }, last.seen, []);
    expect(last.seen.features).toEqual([5]);
  });
});

const READER = path.join(import.meta.dirname, '../../../testdata/read_events.py');
const isThere = spawnSync('python3', ['-c', 'import tensorboard']).status === 0;

describe.skipIf(!isThere)('TensorBoard itself, where it is installed', () => {
  it('reads scalars, images, histograms and the projector', async () => {
    const [at, { insight, seen }] = [folder(), trained()];
    await told({ folder: at, insight, images: 3, histograms: 4, projector: 5 }, seen, [0]);
    const { stdout, stderr } = spawnSync('python3', [READER, at], { encoding: 'utf8' });
    expect(stdout, stderr).not.toBe('');
    expect(JSON.parse(stdout)).toMatchObject({
      scalars: { 'loss/total': Array.from({ length: EPOCHS * PER_EPOCH }, (_, step) => [step, 1]) },
      images: { views: [0, 4, 8].map((step) => [step, 12, 18]) },
      histograms: {
        'weights/backbone/stem': [3, 7, 11].map((s) => [s, 10 * (s + 1), 10 * (s + 1) + 1, 65_536, 65_536]),
        'gradients/backbone/stem': [3, 7, 11].map((s) => [s, -3, s + 1, 3, 3]),
        'updates/backbone/stem': [3, 7, 11].map((s) => [s, 10, 10, 65_536, 65_536]),
      },
      projector: { stage1: true, 'a/b': true },
    });
  });
});

describe('a histogram', () => {
  it('counts every finite number once, and sums them', () => {
    const numbers = [-1, 0, 0.5, 2, NaN, Infinity, 2];
    const found = histogramOf(numbers);
    expect(found).toMatchObject({ least: -1, most: 2, count: 5, sum: 3.5, squares: 9.25 });
    expect(found.counts.reduce((a, b) => a + b)).toBe(5);
    expect([found.counts[0], found.counts.at(-1), found.ends.at(-1)]).toEqual([1, 2, 2]);
    const alike = histogramOf([3, 3, 3]);
    expect([alike.counts[15], alike.count]).toEqual([3, 3]);
    expect(histogramOf([NaN])).toMatchObject({ count: 0, ends: [] });
  });
});
