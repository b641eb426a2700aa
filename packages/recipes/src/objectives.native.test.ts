import {
  eagerRunner,
  OBJECTIVE,
  type Objective,
  type Runner,
  type Spec,
  type StepEvent,
} from '@understory/core';
import { streamOf, trainSteps } from '@understory/core/testing';
import { compiledRunner } from '@understory/engine';
import { createRegistry } from '@understory/registry';
import { describe, expect, it } from 'vitest';
import { defaultPlugins } from './defaultPlugins.ts';
import { teacherFor } from './testing/methods.ts';

const registry = createRegistry(defaultPlugins);
const make = (spec: Spec): Objective => registry.make(OBJECTIVE, spec);

const run = { run: 'runs/teacher' };
const task = 'cross-entropy';
const labelled: Spec = [task, { stream: 'labelled' }];
const own: Spec = ['contrastive-deep-supervision', { unlabelled: ['ntxent', { temperature: 0.07 }] }];
const both = [
  streamOf({ name: 'labelled', views: 2 }),
  streamOf({ name: 'unlabelled', batch: 6, views: 2, labelled: false }),
];

const cases: readonly (readonly [specs: readonly Spec[], views: number | 'both'])[] = [
  [[task], 1],
  [[[task, { labelSmoothing: 0.1, view: 'all' }]], 2],
  [[[task, { loss: 'focal' }]], 1],
  [[task, 'contrastive-deep-supervision'], 2],
  [
    [
      task,
      [
        'contrastive-deep-supervision',
        {
          loss: 'ntxent',
          head: 'mlp',
          schedule: [
            [0, 0],
            [1, 1],
          ],
        },
      ],
    ],
    2,
  ],
  [[task, 'deeply-supervised-nets'], 1],
  [[task, 'knowledge-synergy'], 1],
  [[task, ['hierarchical-mimicking', { dynamic: true }]], 1],
  [[task, ['knowledge-distillation', { teacher: run }]], 1],
  [[task, ['knowledge-distillation', { teacher: { ema: 0.9 } }]], 1],
  [[task, ['attention-transfer', { teacher: run }]], 1],
  [[task, ['relational-distillation', { teacher: run }]], 1],
  [[task, ['similarity-preserving', { teacher: run }]], 1],
  [[task, ['correlation-congruence', { teacher: run }]], 1],
  [[task, ['contrastive-representation', { teacher: run, negatives: 8, width: 6 }]], 1],
  [[task, 'native-ensemble'], 1],
  [[task, ['self-supervised-distillation', { teacher: run, headEpochs: 0.3 }]], 4],
  [[task, ['cds-distillation', { teacher: run }]], 2],
  [['contrastive-semi-supervision'], 'both'],
  [[labelled, ['contrastive-deep-supervision', { combine: 'joint' }]], 'both'],
  [[labelled, ['pseudo-label', { threshold: 0.3 }], own], 'both'],
  [[labelled, 'mean-teacher', own], 'both'],
  [[labelled, ['fixmatch', { threshold: 0.3 }], own], 'both'],
];

const steps = async (
  specs: readonly Spec[],
  views: number | 'both',
  runner: Runner,
): Promise<readonly StepEvent[]> => {
  const network = await teacherFor(registry);
  const streams = views === 'both' ? both : [streamOf({ views })];
  const objectives = specs.map(make);
  const { events, training } = await trainSteps(objectives, {
    streams,
    runner,
    teacher: () => network,
    rate: 0.001,
  });
  training.dispose();
  runner.dispose();
  return events;
};

describe('every objective trains three steps, the same op by op and compiled', () => {
  it.each(cases)('%j with %s views', async (specs, views) => {
    const eager = await steps(specs, views, eagerRunner());
    const compiled = await steps(specs, views, compiledRunner());
    expect(eager).toHaveLength(3);
    for (const [i, { terms, loss }] of eager.entries()) {
      expect(Number.isFinite(loss)).toBe(true);
      for (const [name, value] of Object.entries({ ...terms, loss })) {
        const other = { ...compiled[i]!.terms, loss: compiled[i]!.loss }[name]!;
        expect(Math.abs(other - value), `${name}, step ${i}`).toBeLessThan(
          2e-4 * Math.max(1, Math.abs(value)),
        );
      }
    }
  });
});
