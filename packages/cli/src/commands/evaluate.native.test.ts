import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from '@understory/runs/testing';
import { readMetrics } from '@understory/tracking/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { understory } from '../testing/understory.ts';

// A network of 4 channels that sees 240 emoji once, with evaluators from the config.
const CONFIG = `
name: tiny
seed: 3
epochs: 2
batch: 40
dataset: [emoji, { limit: 240 }]
backbone: [resnet18, { width: 0.0625 }]
objectives: [cross-entropy]
evaluators: [[knn, { when: epoch, k: 5 }], [linear-probe, { of: [pooled, tap/stage1], steps: 60 }], retrieval]
reporters: []
schedule: [constant, { rate: 0.05 }]
`;

const folder = temporaryFolder();
beforeAll(async () => {
  writeFileSync(path.join(folder, 'tiny.yaml'), CONFIG);
  writeFileSync(path.join(folder, 'other.yaml'), 'dataset: [emoji, { limit: 120 }]\n');
  const { code, stderr } = await understory(['train', 'tiny.yaml'], folder);
  expect(code, stderr).toBe(0);
});

interface Told {
  readonly samples: number;
  readonly metrics: Record<string, number>;
  readonly evaluators: { readonly numbers: Record<string, number> };
  readonly views: { readonly count: number; readonly metrics: Record<string, number> };
  readonly classes: {
    readonly names: readonly string[];
    readonly confusion: readonly (readonly number[])[];
    readonly accuracy: number;
    readonly byClass: readonly { readonly support: number }[];
  };
  readonly temperature: {
    readonly temperature: number;
    readonly fitted: number;
    readonly before: Record<string, number>;
    readonly after: Record<string, number>;
  };
  readonly outside: { readonly scores: Record<string, { readonly auroc: number; readonly fpr95: number }> };
  readonly on: { readonly numbers: Record<string, number>; readonly samples: number };
}

const told = async (...args: readonly string[]): Promise<Told> => {
  const { stdout, stderr, code } = await understory(['evaluate', 'runs/tiny', '--json', ...args], folder);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Told;
};

describe('evaluators of a config', () => {
  it('tell their numbers in events, and what is measured of the finished run is the same', async () => {
    const lines = await readMetrics(path.join(folder, 'runs/tiny/metrics.jsonl'));
    const epochs = lines.flatMap((line) => (line.type === 'epoch' ? [Object.keys(line.metrics)] : []));
    expect(epochs).toEqual([
      ['accuracy', 'ece', 'knn'],
      ['accuracy', 'ece', 'knn'],
    ]);
    const done = lines.find((line) => line.type === 'done');
    const kept = done?.result?.best.test ?? {};
    const { metrics, evaluators } = await told(
      '--with',
      '[knn, { k: 5 }], [linear-probe, { of: [pooled, tap/stage1], steps: 60 }]',
      '--with',
      'retrieval',
    );
    const numbers = { ...metrics, ...evaluators.numbers };
    expect(Object.keys(numbers)).toEqual(Object.keys(kept));
    for (const [name, value] of Object.entries(kept)) expect(numbers[name], name).toBeCloseTo(value, 5);
  });
});

describe('understory evaluate', () => {
  it('tells classes, temperature and views in one call, which agree with each other', async () => {
    const { samples, metrics, classes, temperature, views, outside } = await told(
      ...['--classes', '--temperature', '--views', '3', '--outside', 'other.yaml'],
    );
    const scores = Object.entries(outside.scores);
    expect(scores.map(([name]) => name)).toEqual([
      ...['softmax', 'energy', 'knn', 'mahalanobis', 'relative', 'taps'],
    ]);
    for (const [name, { auroc, fpr95 }] of scores)
      expect(
        [auroc, fpr95].every((share) => share >= 0 && share <= 1),
        name,
      ).toBe(true);
    expect(classes.accuracy).toBeCloseTo(metrics['accuracy']!, 9);
    expect(classes.confusion.flat().reduce((a, b) => a + b)).toBe(samples);
    expect(classes.byClass.map(({ support }) => support)).toEqual(
      classes.confusion.map((row) => row.reduce((a, b) => a + b)),
    );
    expect(temperature.before['ece']).toBeCloseTo(metrics['ece']!, 9);
    expect(temperature.temperature).toBeGreaterThan(0.01);
    expect(temperature.fitted).toBeGreaterThan(0);
    expect([views.count, Object.keys(views.metrics)]).toEqual([3, Object.keys(metrics)]);
  });

  it('prints what it found for people, in lines that a terminal shows whole', async () => {
    const args = ['--classes', '--temperature', '--views', '2', '--with', 'knn', '--exits'];
    const { stdout, code } = await understory(['evaluate', 'runs/tiny', ...args], folder);
    expect(code).toBe(0);
    expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
    for (const text of [
      '2 views',
      'balanced accuracy',
      'before',
      'else named',
      "Cohen's kappa",
      'knn',
      'mult-adds',
    ])
      expect(stdout).toContain(text);
  });

  it('tells what the embedding knows of other data', async () => {
    const { on } = await told('--on', 'other.yaml', '--split', 'validation');
    expect(Object.keys(on.numbers)).toEqual(['probe', 'probeLoss', 'knn']);
    expect(on.samples).toBeGreaterThan(0);
  });

  it.each<[args: readonly string[], message: RegExp]>([
    [['--with', 'knnn'], /No evaluator named "knnn"\. Did you mean "knn"\?/],
    [['--with', '[knn, {'], /--with \[knn, \{ is no list of evaluators/],
    [['--with', '[knn, { of: [tap/stage9] }]'], /looks at "tap\/stage9".*tap\/stage4/],
    [['--on', 'other.yaml', '--temperature'], /--temperature measures the run's own classes/],
    [['--on', 'other.yaml', '--exits'], /--exits measures the run's own classes/],
  ])('refuses %j in one message', async (args, message) => {
    const { stderr, code } = await understory(['evaluate', 'runs/tiny', ...args], folder);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr.length).toBeLessThan(400);
  });
});
