import {
  BACKBONE,
  eagerRunner,
  OBJECTIVE,
  prepareTraining,
  type Runner,
  type Spec,
  type StepEvent,
  type Stream,
} from '@understory/core';
import { streamOf, tinyBackbone, tinyExperiment, trainSteps } from '@understory/core/testing';
import { compiledRunner } from '@understory/engine';
import { createRegistry } from '@understory/registry';
import { describe, expect, it } from 'vitest';
import { defaultPlugins } from './defaultPlugins.ts';
import { METHODS, teacherFor, type Method } from './testing/methods.ts';
import { shapeOf } from './testing/variants.ts';

const registry = createRegistry(defaultPlugins);

const BACKBONES: readonly (readonly [
  spec: readonly [string, Readonly<Record<string, unknown>>],
  size: number,
])[] = [
  [['resnet18', { width: 0.0625 }], 8],
  [['vgg11-bn', { width: 0.0625 }], 32],
  [['mobilenetv2', { width: 0.125, depth: 0.4 }], 8],
  [['vit-s16', { width: 1 / 6, depth: 0.3 }], 32],
];

const RUNNERS = {
  eager: eagerRunner,
  compiled: () => compiledRunner(),
} satisfies Readonly<Record<string, () => Runner>>;

/** A ViT has no blocks to branch off. */
const BRANCHING = ['DKS', 'DHM', 'OKD', 'HSAKD', 'LSSKD'];

// Every method on every kind of backbone compiled, and op by op on one of them, each kind in its turn: that both give the same
// is for `verify.native.test.ts`.
const combinations = METHODS.flatMap(([name], m) => {
  const able = BACKBONES.flatMap(([[backbone]], b) =>
    backbone.startsWith('vit') && BRANCHING.includes(name) ? [] : [[name, backbone, m, b] as const],
  );
  const inTurn = able[m % able.length]!;
  return [...able.map((one) => ['compiled', ...one] as const), ['eager', ...inTurn] as const];
});

const threeSteps = async (
  [, specs, streams]: Method,
  [backbone, size]: (typeof BACKBONES)[number],
  runner: Runner,
): Promise<readonly StepEvent[]> => {
  const network = await teacherFor(registry, size);
  const { events, training } = await trainSteps(
    specs.map((spec) => registry.make(OBJECTIVE, spec)),
    {
      streams,
      runner,
      size,
      teacher: () => network,
      rate: 1e-3,
      backbone: registry.make(BACKBONE, backbone),
    },
  );
  training.dispose();
  runner.dispose();
  return events;
};

describe('three steps of', () => {
  it.each(combinations)('%s %s on %s', async (...[mode, , , m, b]) => {
    const events = await threeSteps(METHODS[m]!, BACKBONES[b]!, RUNNERS[mode]());
    expect(events).toHaveLength(3);
    for (const { loss, terms } of events)
      expect([loss, ...Object.values(terms)].every(Number.isFinite), JSON.stringify(terms)).toBe(true);
  });
});

const cds = 'contrastive-deep-supervision';
const teacher = { run: 'runs/teacher' };
const two = streamOf({ views: 2 });
const unlabelled = streamOf({ name: 'unlabelled', views: 2, labelled: false });

const noTeacher = /there is no teacher. Set "teacher" to \{ "run": /;
const noTap = /No tap named "stage9".*stage1, stage2, stage3/;
const single = [streamOf({ batch: 1, views: 2 })];
const small = /"train" has batches of 1. .*Set "batch" to 2 or more/;

/** What makes no sense: its code, and a message that names the key, the value and the cure. */
const REFUSED: readonly (readonly [
  why: string,
  code: string,
  message: RegExp,
  spec: Spec,
  streams: readonly Stream[],
])[] = [
  ['a tap that is missing', 'unknown-name', noTap, [cds, { taps: ['stage9'] }], [two]],
  ['a weight for a tap that is missing', 'unknown-name', /"perTap"/, [cds, { perTap: { stage9: 2 } }], [two]],
  [
    'a tap that is missing, DSN',
    'unknown-name',
    noTap,
    ['deeply-supervised-nets', { taps: ['stage9'] }],
    [two],
  ],
  ['a tap that is missing, MoCo', 'unknown-name', noTap, ['momentum-contrast', { taps: ['stage9'] }], [two]],
  ...registry
    .list(OBJECTIVE)
    .filter((plugin) => 'teacher' in shapeOf(plugin))
    .map(({ name }) => {
      const { views = 1 } = registry.make(OBJECTIVE, name);
      const streams = [streamOf({ views: Math.max(2, views) })];
      return [`${name} without a teacher`, 'missing-teacher', noTeacher, name, streams] as const;
    }),
  [
    'CDS-KD with a teacher without heads',
    'teacher-heads',
    /Train the teacher with "contrastive-deep-supervision"/,
    ['cds-distillation', { teacher }],
    [two],
  ],
  [
    'HSAKD with a teacher without branches',
    'teacher-heads',
    /Train them with "layered-self-supervision"/,
    ['hierarchical-distillation', { teacher }],
    [streamOf({ views: 4 })],
  ],
  ['SupCon without labels', 'no-labels', /Set "unlabelled" to a loss of views/, cds, [unlabelled]],
  ['the task without labels', 'no-labels', /"unlabelled" has no labels/, 'cross-entropy', [unlabelled]],
  ['mixed images without labels', 'no-labels', /has no labels/, 'mixed-cross-entropy', [unlabelled]],
  ['contrast in a batch of one', 'batch-too-small', small, cds, single],
  ['RKD in a batch of one', 'batch-too-small', small, ['relational-distillation', { teacher }], single],
  ['mixing in a batch of one', 'batch-too-small', small, 'mixed-cross-entropy', single],
  ['SimSiam in a batch of one', 'batch-too-small', small, 'simple-siamese', single],
  [
    'contrast in a last batch of one',
    'batch-too-small',
    /ends its epochs with a batch of 1. .*Set "lastBatch" to "drop"/,
    cds,
    [streamOf({ batch: 19, views: 2 })],
  ],
  ['contrast of one view', 'too-few-views', /in 1 view. Give it 2 under "views"/, cds, [streamOf()]],
  ['MoCo of one view', 'too-few-views', /Give it 2 under "views"/, 'momentum-contrast', [streamOf()]],
  [
    'a loss of two views on three',
    'views-differ',
    /in 3 views, and its loss is one of 2. Give it 2 under "views"/,
    [cds, { loss: 'ntxent' }],
    [streamOf({ views: 3 })],
  ],
  [
    'BYOL of three views',
    'views-differ',
    /Give it 2 under "views"/,
    'bootstrap-latents',
    [streamOf({ views: 3 })],
  ],
  [
    'a queue of less than a batch',
    'queue-too-short',
    /Set "queue" to 4/,
    ['momentum-contrast', { queue: 2 }],
    [two],
  ],
  ['FixMatch without unlabelled images', 'unknown-name', /No stream named "unlabelled"/, 'fixmatch', [two]],
  [
    'Mean Teacher with one view',
    'too-few-views',
    /Give it 2 under "views"/,
    'mean-teacher',
    [two, { ...unlabelled, views: 1 }],
  ],
];

it.each(REFUSED)(
  '%s ends in one error before the first step: %s',
  async (...[, code, message, spec, streams]) => {
    const objective = registry.make(OBJECTIVE, spec);
    const bare = () => ({ backbone: tinyBackbone(), modules: {} });
    const experiment = {
      ...tinyExperiment([objective], { streams, teacher: bare }),
      lastBatch: 'keep' as const,
    };
    const started = prepareTraining(experiment, { runner: eagerRunner() });
    await expect(started).rejects.toMatchObject({ name: 'UnderstoryError', code });
    await expect(started).rejects.toThrow(message);
  },
);

it.each(['knowledge-synergy', 'hierarchical-mimicking', 'native-ensemble', 'layered-self-supervision'])(
  '%s says so where a backbone has no blocks to branch with',
  async (name) => {
    const backbone = registry.make(BACKBONE, BACKBONES.at(-1)![0]);
    const objective = registry.make(OBJECTIVE, name);
    const streams = [streamOf({ views: objective.views ?? 1 })];
    const experiment = tinyExperiment([objective], { size: 32, backbone, streams });
    await expect(prepareTraining(experiment, { runner: eagerRunner() })).rejects.toThrow(
      /vit.*does not tell the blocks and planes/s,
    );
  },
);
