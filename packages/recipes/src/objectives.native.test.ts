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
import { METHODS, teacherFor, type Method } from './testing/methods.ts';

const registry = createRegistry(defaultPlugins);
const make = (spec: Spec): Objective => registry.make(OBJECTIVE, spec);

const both = [
  streamOf({ name: 'labelled', views: 2 }),
  streamOf({ name: 'unlabelled', batch: 6, views: 2, labelled: false }),
];
const task = 'cross-entropy';
const labelled: Spec = [task, { stream: 'labelled' }];

/** Options that change how a method works, beside every method as it is. */
const VARIANTS: readonly Method[] = [
  ['smoothed labels on all views', [[task, { labelSmoothing: 0.1, view: 'all' }]], [streamOf({ views: 2 })]],
  ['focal loss', [[task, { loss: 'focal' }]], [streamOf()]],
  [
    'classes that weigh differently',
    [
      [task, { classWeights: [1, 2, 0.5, 3, 1], labelSmoothing: 0.1 }],
      ['mixed-cross-entropy', { classWeights: { 'class 3': 4 }, loss: 'focal' }],
    ],
    [streamOf()],
  ],
  [
    'NT-Xent, scheduled, on MLPs',
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
    [streamOf({ views: 2 })],
  ],
  [
    'Barlow Twins on every tap, expanded',
    [task, ['contrastive-deep-supervision', { loss: 'barlow-twins', head: 'linear', expander: 'expander' }]],
    [streamOf({ views: 2 })],
  ],
  [
    'BYOL on some taps, views apart',
    [
      task,
      ['bootstrap-deep-supervision', { taps: ['stage2'], includeFinal: false, views: 'apart' }],
      ['tap-spread', { measure: 'uniformity', head: 'linear' }],
      ['tap-entropy', { taps: 'none', logits: true, least: 0.5, view: 'all' }],
    ],
    [streamOf({ views: 2 })],
  ],
  ['dynamic DHM', [task, ['hierarchical-mimicking', { dynamic: true }]], [streamOf()]],
  ['joint contrast', [labelled, ['contrastive-deep-supervision', { combine: 'joint' }]], both],
];
const cases = [...METHODS, ...VARIANTS];

const steps = async ([, specs, streams]: Method, runner: Runner): Promise<readonly StepEvent[]> => {
  const network = await teacherFor(registry);
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
  it.each(cases)('%s: %j', async (...method) => {
    const eager = await steps(method, eagerRunner());
    const compiled = await steps(method, compiledRunner());
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
