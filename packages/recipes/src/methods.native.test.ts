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

const runners: Readonly<Record<string, () => Runner>> = {
  eager: eagerRunner,
  compiled: () => compiledRunner(),
};

// Every method on every kind of backbone in both modes; a ViT has no blocks to branch off.
const branching = ['DKS', 'DHM', 'OKD'];
const combinations = METHODS.flatMap(([name], m) =>
  BACKBONES.flatMap(([[backbone]], b) =>
    backbone.startsWith('vit') && branching.includes(name)
      ? []
      : Object.keys(runners).map((mode) => [name, backbone, mode, m, b] as const),
  ),
);

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
  it.each(combinations)('%s on %s, %s', async (...[, , mode, m, b]) => {
    const events = await threeSteps(METHODS[m]!, BACKBONES[b]!, runners[mode]!());
    expect(events).toHaveLength(3);
    for (const { loss, terms } of events)
      expect([loss, ...Object.values(terms)].every(Number.isFinite), JSON.stringify(terms)).toBe(true);
  });
});

const cds = 'contrastive-deep-supervision';
const teacher = { run: 'runs/teacher' };
const two = streamOf({ views: 2 });
const unlabelled = streamOf({ name: 'unlabelled', views: 2, labelled: false });

const REFUSED: readonly (readonly [why: string, code: string, spec: Spec, streams: readonly Stream[]])[] = [
  ['a tap that is missing', 'unknown-name', [cds, { taps: ['stage9'] }], [two]],
  ['a weight for a tap that is missing', 'unknown-name', [cds, { perTap: { stage9: 2 } }], [two]],
  ['a tap that is missing, DSN', 'unknown-name', ['deeply-supervised-nets', { taps: ['stage9'] }], [two]],
  ...['knowledge-distillation', 'attention-transfer', 'relational-distillation', 'similarity-preserving'].map(
    (name) => [`${name} without a teacher`, 'missing-teacher', name, [two]] as const,
  ),
  ['correlation-congruence without a teacher', 'missing-teacher', 'correlation-congruence', [two]],
  ['CRD without a teacher', 'missing-teacher', 'contrastive-representation', [two]],
  ['SSKD without a teacher', 'missing-teacher', 'self-supervised-distillation', [streamOf({ views: 4 })]],
  ['CDS-KD without a teacher', 'missing-teacher', 'cds-distillation', [two]],
  ['CDS-KD with a teacher without heads', 'teacher-heads', ['cds-distillation', { teacher }], [two]],
  ['SupCon without labels', 'no-labels', cds, [unlabelled]],
  ['the task without labels', 'no-labels', 'cross-entropy', [unlabelled]],
  ['contrast in a batch of one', 'batch-too-small', cds, [streamOf({ batch: 1, views: 2 })]],
  [
    'RKD in a batch of one',
    'batch-too-small',
    ['relational-distillation', { teacher }],
    [streamOf({ batch: 1 })],
  ],
  ['contrast of one view', 'too-few-views', cds, [streamOf()]],
  ['FixMatch without unlabelled images', 'unknown-name', 'fixmatch', [two]],
  ['Mean Teacher with one view', 'too-few-views', 'mean-teacher', [two, { ...unlabelled, views: 1 }]],
];

it.each(REFUSED)('%s ends in one error before the first step: %s', async (...[, code, spec, streams]) => {
  const objective = registry.make(OBJECTIVE, spec);
  const bare = () => ({ backbone: tinyBackbone(), modules: {} });
  const experiment = tinyExperiment([objective], { streams, teacher: bare });
  const started = prepareTraining(experiment, { runner: eagerRunner() });
  await expect(started).rejects.toMatchObject({ name: 'UnderstoryError', code });
});

it.each(['knowledge-synergy', 'hierarchical-mimicking', 'native-ensemble'])(
  '%s says so where a backbone has no blocks to branch with',
  async (name) => {
    const backbone = registry.make(BACKBONE, BACKBONES.at(-1)![0]);
    const experiment = tinyExperiment([registry.make(OBJECTIVE, name)], { size: 32, backbone });
    await expect(prepareTraining(experiment, { runner: eagerRunner() })).rejects.toThrow(
      /vit.*does not tell the blocks and planes/s,
    );
  },
);
