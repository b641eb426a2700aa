import { OBJECTIVE, type Network, type Spec } from '@understory/core';
import { buildContextOf, streamOf, trainedNetwork } from '@understory/core/testing';
import { scalar, tensor1d } from '@tensorflow/tfjs-core';
import { describe, it } from 'vitest';
import {
  expectGoldens,
  fillAll,
  goldensOf,
  registry,
  wideTeacher,
  type GoldenInputs,
  type GoldenStep,
} from './testing/objectiveGoldens.ts';

const head = ['mlp', { width: 6 }];
const teacher = { run: 'runs/teacher' };

/** How each objective of the golden file is written. */
const SPECS: Readonly<Record<string, Spec>> = {
  'cross-entropy': 'cross-entropy',
  'deeply-supervised-nets': ['deeply-supervised-nets', { head: 'pool' }],
  'knowledge-synergy': 'knowledge-synergy',
  'native-ensemble': 'native-ensemble',
  'contrastive-deep-supervision': ['contrastive-deep-supervision', { head }],
  'cds-distillation': [
    'cds-distillation',
    { teacher, supervision: ['contrastive-deep-supervision', { head }] },
  ],
  'knowledge-distillation': ['knowledge-distillation', { teacher }],
  'attention-transfer': ['attention-transfer', { teacher }],
  'relational-distillation': ['relational-distillation', { teacher }],
  'similarity-preserving': ['similarity-preserving', { teacher }],
  'correlation-congruence': ['correlation-congruence', { teacher }],
  mixup: ['mixed-cross-entropy', { mixing: 'mixup' }],
  cutmix: ['mixed-cross-entropy', { mixing: 'cutmix' }],
};

/** What is drawn for mixing: the batch read backwards, and for CutMix rows 0 … 2 and columns 3 … 6 of it. */
const partners = [3, 2, 1, 0];
const DRAWN: Readonly<Record<string, () => Required<Pick<GoldenInputs, 'fed'>>>> = {
  mixup: () => ({ fed: { share: scalar(0.3), partners: tensor1d(partners, 'int32') } }),
  cutmix: () => ({
    fed: {
      share: scalar(1 - 12 / 64),
      box: tensor1d([0, 3, 3, 7]),
      partners: tensor1d(partners, 'int32'),
    },
  }),
};

const teacherWithHeads = async (): Promise<Network> => {
  const wide = wideTeacher([6, 8, 10, 12]);
  const cds = registry.make(OBJECTIVE, SPECS['contrastive-deep-supervision']!);
  const streams = [streamOf({ views: 2 })];
  const built = await cds.build(buildContextOf(wide.backbone, { streams }));
  fillAll(built.modules, 500);
  return trainedNetwork('contrastive-deep-supervision', wide.backbone, built);
};

describe('whole objectives on a tiny network, against PyTorch', () => {
  it.each(Object.entries(goldensOf<GoldenStep>('objectives.json')))('%s', async (name, golden) => {
    const steps = [{ labels: [0, 3, 3, 1], ...DRAWN[name]?.() }];
    await expectGoldens({ spec: SPECS[name]!, teacher: teacherWithHeads, steps }, [golden]);
  });
});
