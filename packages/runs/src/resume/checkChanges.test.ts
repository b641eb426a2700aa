import {
  ExperimentSchema,
  parseConfig,
  type ExperimentConfig,
  type ExperimentInput,
} from '@understory/config';
import { schemaKeys } from '@understory/core';
import { defaultPlugins } from '@understory/recipes';
import { createRegistry } from '@understory/registry';
import { describe, expect, it } from 'vitest';
import { checkAllow, checkAsked, possibleChanges } from './checkChanges.ts';
import { RESUME_RULES } from './rules.ts';

const registry = createRegistry(defaultPlugins);
const BASE: ExperimentInput = {
  epochs: 4,
  batch: 8,
  dataset: ['emoji', { limit: 100 }],
  objectives: ['cross-entropy', 'contrastive-deep-supervision'],
  schedule: ['cosine', { rate: 0.05 }],
};

/** What becomes of a run that is to go on with a changed config. */
const outcomeOf = (change: Partial<ExperimentInput>, allow: readonly string[] = [], base = BASE): string => {
  const configs = { before: parseConfig(base), after: parseConfig({ ...base, ...change }) };
  try {
    const changes = possibleChanges(registry, { ...configs, folder: 'runs/x' });
    checkAsked(changes, allow);
    return changes.length === 0 ? 'no change' : `recorded: ${changes.map(({ key }) => key).join(', ')}`;
  } catch (error) {
    const { message } = error as Error;
    expect(message.length).toBeLessThan(400);
    const asked = /Add --allow (\S+)/.exec(message);
    return asked
      ? `asks for --allow ${asked[1]!}`
      : message.replace(/^.*cannot change: (.*)\. Give those.*$/, 'refused: $1');
  }
};

type Rows = Readonly<
  Record<keyof ExperimentConfig, readonly (readonly [ExperimentInput[keyof ExperimentInput], string])[]>
>;

/** Every key of a config with other values than the run's, and what becomes of each. */
const ROWS: Rows = {
  name: [['other', 'recorded: name']],
  seed: [[1, 'refused: seed (0 → 1)']],
  epochs: [
    [5, 'recorded: epochs'],
    [3, 'asks for --allow epochs'],
  ],
  batch: [[4, 'refused: batch (8 → 4)']],
  lastBatch: [['drop', 'refused: lastBatch ("keep" → "drop")']],
  dataset: [
    ['emoji', 'refused: dataset.limit (100 → nothing)'],
    [['emoji', { limit: 100, validation: 0.2 }], 'refused: dataset.validation (0.1 → 0.2)'],
    [['emoji', { limit: 100, validation: 0.1 }], 'no change'],
    [['cifar10', { root: 'x' }], 'refused: dataset (emoji → cifar10)'],
  ],
  views: [
    [[[], []], 'refused: views[0]'],
    [[['flip'], ['flip']], 'refused: views[0]'],
  ],
  unlabelled: [[{ labelled: 0.5 }, 'refused: unlabelled (nothing → {']],
  sampler: [
    ['class-balanced', 'refused: sampler (shuffled → class-balanced)'],
    [['shuffled', {}], 'no change'],
  ],
  backbone: [
    ['resnet34', 'refused: backbone (resnet18 → resnet34)'],
    [['resnet18', { width: 0.5 }], 'refused: backbone.width (1 → 0.5)'],
    [['resnet18', { width: 1 }], 'no change'],
  ],
  weights: [[{ file: 'a.pth' }, 'refused: weights (nothing → {"file":"a.pth"})']],
  syncBatchNorm: [[true, 'asks for --allow syncBatchNorm']],
  freeze: [[{ upTo: 'stage1' }, 'refused: freeze (nothing → {"upTo":"stage1"']],
  batchNorm: [['fixed', 'refused: batchNorm ("learn" → "fixed")']],
  objectives: [
    [
      ['cross-entropy'],
      'refused: objectives ([cross-entropy, contrastive-deep-supervision] → [cross-entropy])',
    ],
    [
      ['cross-entropy', ['contrastive-deep-supervision', { weight: 1 }]],
      'refused: objectives[1].weight (0.1 → 1)',
    ],
    [['cross-entropy', ['contrastive-deep-supervision', { weight: 0.1 }]], 'no change'],
    [
      ['cross-entropy', ['contrastive-deep-supervision', { loss: ['supcon', { temperature: 1 }] }]],
      'refused: objectives[1].loss.temperature',
    ],
  ],
  optimizer: [
    [['sgd', { momentum: 0.5 }], 'asks for --allow optimizer'],
    [['sgd', { momentum: 0.9 }], 'no change'],
    ['adamw', 'refused: optimizer (sgd → adamw)'],
  ],
  schedule: [
    [['cosine', { rate: 0.1 }], 'asks for --allow schedule'],
    [['constant', { rate: 0.05 }], 'asks for --allow schedule'],
  ],
  accumulate: [[2, 'refused: accumulate (1 → 2)']],
  microBatches: [[2, 'asks for --allow microBatches']],
  average: [[0.9, 'refused: average (nothing → 0.9)']],
  patience: [[3, 'recorded: patience']],
  task: [[['classification', {}], 'no change']],
  evaluators: [[[['sums', { of: 'pooled' }]], 'recorded: evaluators']],
  reporters: [[['plain'], 'recorded: reporters']],
  sections: [[['more'], 'recorded: sections']],
  inferenceCrop: [[[24, 24], 'refused: inferenceCrop (nothing → [24,24])']],
  metrics: [[['accuracy'], 'refused: metrics ([accuracy, calibration] → [accuracy])']],
  selectOn: [['test', 'refused: selectOn ("validation" → "test")']],
  checkpointEvery: [[5, 'recorded: checkpointEvery']],
  engine: [[{ threads: 1 }, 'recorded: engine.threads']],
  plugins: [[['./mine.js'], 'recorded: plugins']],
};

describe('a config that a run goes on with', () => {
  it('has a rule and a row here for every key', () => {
    const keys = [...schemaKeys(ExperimentSchema)].sort();
    expect(Object.keys(RESUME_RULES).sort()).toEqual(keys);
    expect(Object.keys(ROWS).sort()).toEqual(keys);
  });

  const rows = Object.entries(ROWS).flatMap(([key, all]) =>
    all.map(([value, outcome]) => [key, JSON.stringify(value), outcome, value] as const),
  );
  it.each(rows)('%s: %s → %s', (key, _text, outcome, value) => {
    expect(outcomeOf({ [key]: value }).slice(0, outcome.length)).toBe(outcome);
  });

  it('changes what --allow names: a key, or a part of one', () => {
    const faster = { schedule: ['cosine', { rate: 0.1 }] } as const;
    expect(outcomeOf(faster, ['schedule'])).toBe('recorded: schedule.rate');
    expect(outcomeOf(faster, ['rate'])).toBe('recorded: schedule.rate');
    expect(outcomeOf(faster, ['optimizer'])).toBe('asks for --allow schedule');
    expect(outcomeOf({ ...faster, batch: 4 }, ['rate', 'schedule'])).toBe('refused: batch (8 → 4)');
    expect(() => checkAllow(['batch'])).toThrow(/--allow batch: it cannot change when a run goes on/);
    expect(() => checkAllow(['engine'])).toThrow(/may change without being allowed/);
    expect(() => checkAllow(['shedule'])).toThrow(/Did you mean "schedule"/);
  });

  it('may be written in another way, and lie elsewhere', () => {
    expect(outcomeOf({ optimizer: ['sgd', {}], metrics: [['accuracy', {}], 'calibration'] })).toBe(
      'no change',
    );
    const on = (root: string, more: object = {}): Partial<ExperimentInput> => ({
      dataset: ['images', { root, ...more }],
    });
    const base = { ...BASE, ...on('data') };
    expect(outcomeOf(on('/elsewhere/data'), [], base)).toBe('no change');
    expect(outcomeOf(on('data', { cache: 1 }), [], base)).toBe('recorded: dataset.cache');
    expect(outcomeOf(on('data', { size: [8, 8] }), [], base)).toBe('refused: dataset.size (nothing → [8,8])');
  });
});
