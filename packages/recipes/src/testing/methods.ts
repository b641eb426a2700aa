import {
  BACKBONE,
  BOXES,
  boxesSpec,
  buildInference,
  float32,
  FRAME,
  frameSpec,
  OBJECTIVE,
  seedOf,
  TASK,
  type BuildContext,
  type Experiment,
  type Named,
  type Network,
  type Objective,
  type Registry,
  type Samples,
  type Spec,
  type Stream,
} from '@understory/core';
import { buildContextOf, streamOf, tinyBackbone, trainedNetwork } from '@understory/core/testing';

/** What a teacher's heads and branches were trained by. */
const TEACHERS: readonly Spec[] = [
  'contrastive-deep-supervision',
  ['layered-self-supervision', { mimicWeight: 0 }],
];

/** A wider teacher of images of a size, with the heads and branches that it was trained with. */
export const teacherFor = async (registry: Registry, size = 8): Promise<Network> => {
  const backbone = tinyBackbone({ planes: [6, 8, 10, 12], seed: 9, size });
  const trained = TEACHERS.map(async (spec) => {
    const objective: Objective = registry.make(OBJECTIVE, spec);
    const streams = [streamOf({ views: objective.views ?? 1 })];
    return trainedNetwork(
      objective.name,
      backbone,
      await objective.build(buildContextOf(backbone, { streams })),
    );
  });
  const networks = await Promise.all(trained);
  return {
    backbone,
    modules: Object.assign({}, ...networks.map(({ modules }) => modules)) as Network['modules'],
    embeds: Object.assign({}, ...networks.map(({ embeds }) => embeds)) as Named<string>,
  };
};

const one = [streamOf()];
const two = [streamOf({ views: 2 })];
const four = [streamOf({ views: 4 })];
const both = [
  streamOf({ name: 'labelled', views: 2 }),
  streamOf({ name: 'unlabelled', batch: 6, views: 2, labelled: false }),
];

const task = 'cross-entropy';
const labelled: Spec = [task, { stream: 'labelled' }];
const teacher = { run: 'runs/teacher' };
const contrast: Spec = ['contrastive-deep-supervision', { unlabelled: ['ntxent', { temperature: 0.07 }] }];

const narrow = { head: ['projector', { widths: [8, 6] }], predictor: ['projector', { widths: [8, 6] }] };
const deep = { taps: 'all', head: ['mlp', { width: 6 }] };

/** Objectives that look at no labels. */
const MOCO: Spec = ['momentum-contrast', { queue: 10, ...deep }];
const BYOL: Spec = ['bootstrap-latents', { momentumEpochs: 1, ...narrow }];
const SIMSIAM: Spec = ['simple-siamese', narrow];
const SWAV: Spec = ['swapped-prediction', { prototypes: 7, ...deep }];

const VICREG: Spec = ['contrastive-deep-supervision', { loss: 'vicreg', expander: 'expander' }];

/** A way to train: what it is called, its objectives, and the streams that they look at. */
export type Method = readonly [name: string, specs: readonly Spec[], streams: readonly Stream[]];

/** Every objective that there is, with what belongs beside it. */
export const METHODS: readonly Method[] = [
  ['baseline', [task], one],
  ['CDS', [task, 'contrastive-deep-supervision'], two],
  ['MoCo', [task, MOCO], two],
  ['BYOL', [task, BYOL], two],
  ['SimSiam', [task, SIMSIAM], two],
  ['SwAV', [task, SWAV], two],
  ['VICReg on every tap', [task, VICREG], two],
  [
    'BYOL on every tap, kept spread and unsure',
    [task, 'bootstrap-deep-supervision', 'tap-spread', ['tap-entropy', { logits: true }]],
    two,
  ],
  ['Mixup + CDS', ['mixed-cross-entropy', 'contrastive-deep-supervision'], two],
  ['CutMix', [['mixed-cross-entropy', { mixing: ['cutmix', { p: 0.5 }] }]], one],
  ['DSN', [task, 'deeply-supervised-nets'], one],
  ['DKS', [task, 'knowledge-synergy'], one],
  ['DHM', [task, 'hierarchical-mimicking'], one],
  ['KD', [task, ['knowledge-distillation', { teacher }]], one],
  ['KD by an average', [task, ['knowledge-distillation', { teacher: { ema: 0.9 } }]], one],
  ['AT', [task, ['attention-transfer', { teacher }]], one],
  ['RKD', [task, ['relational-distillation', { teacher }]], one],
  ['SP', [task, ['similarity-preserving', { teacher }]], one],
  ['CC', [task, ['correlation-congruence', { teacher }]], one],
  ['CRD', [task, ['contrastive-representation', { teacher, negatives: 8, width: 6 }]], one],
  ['OKD', [task, 'native-ensemble'], one],
  ['SSKD', [task, ['self-supervised-distillation', { teacher, headEpochs: 0.3 }]], four],
  ['KD of standardised logits', [task, ['knowledge-distillation', { teacher, standardize: 'sample' }]], one],
  ['DKD', [task, ['decoupled-distillation', { teacher }]], one],
  ['DIST', [task, ['class-relation-distillation', { teacher }]], one],
  ['NKD', [task, ['normalized-distillation', { teacher }]], one],
  ['USKD', [task, 'universal-self-distillation'], one],
  ['PKT', [task, ['probabilistic-transfer', { teacher }]], one],
  ['NST', [task, ['neuron-selectivity', { teacher }]], one],
  ['FitNet', [task, ['hint-transfer', { teacher }]], one],
  ['ReviewKD', [task, ['knowledge-review', { teacher }]], one],
  ['HSAKD', [task, ['hierarchical-distillation', { teacher }]], four],
  ['LSSKD', [task, 'layered-self-supervision'], four],
  ['CDS-KD', [task, ['cds-distillation', { teacher }]], two],
  ['CDS semi', ['contrastive-semi-supervision'], both],
  ['pseudo-label + CDS', [labelled, ['pseudo-label', { threshold: 0.3 }], contrast], both],
  ['mean teacher + CDS', [labelled, 'mean-teacher', contrast], both],
  ['FixMatch + CDS', [labelled, ['fixmatch', { threshold: 0.3 }], contrast], both],
  ['FreeMatch + CDS', [labelled, ['freematch', { momentum: 0.9 }], contrast], both],
  ['SoftMatch + CDS', [labelled, ['softmatch', { momentum: 0.9 }], contrast], both],
];

/** Objectives that learn boxes, and the task whose network they train. */
export const BOX_METHODS: readonly (readonly [objective: string, task: Spec])[] = [
  ['retinanet-loss', ['retinanet', { width: 8, depth: 1 }]],
  ['faster-rcnn-loss', ['faster-rcnn', { width: 8, hidden: 8, proposals: 20 }]],
  ['region-contrast', ['retinanet', { width: 8, depth: 1 }]],
];

const boxed = (samples: Samples): Samples => ({
  ...samples,
  targets: { [BOXES]: boxesSpec(4), [FRAME]: frameSpec },
  readTargets(positions) {
    const [height, width] = samples.size;
    const rows = Array.from(positions, (p) => {
      const [top, left] = [4 + ((p * 7) % 24), 2 + ((p * 11) % 30)];
      return [top, left, top + 24, left + 20, p % 3, 0, 480, ...Array<number>(21).fill(0)];
    });
    const frames = rows.map(() => [0, 0, height, width, height, width]);
    return Promise.resolve({
      [BOXES]: float32(rows.flat(), [rows.length, 4, 7]),
      [FRAME]: float32(frames.flat(), [rows.length, 1, 6]),
    });
  },
});

/** An experiment on images of at least 64 pixels, a box in each, with a detector's task in the place of classes. */
export const withBoxes = (registry: Registry, experiment: Experiment, task: Spec): Experiment => {
  const { streams, dataset } = experiment;
  const [first] = streams;
  const split = {
    train: boxed(dataset.train),
    validation: boxed(dataset.validation),
    test: boxed(dataset.test),
  };
  return {
    ...experiment,
    dataset: { ...dataset, ...split },
    streams: [{ ...first, samples: boxed(first.samples), views: first.views.map(() => []) }],
    task: registry.make(TASK, task),
    backbone: registry.make(BACKBONE, ['resnet18', { width: 0.125, stem: 'imagenet' }]),
    metrics: [],
  };
};

/** What an objective of boxes builds on: a network of its task, for images of 64 pixels. */
export const boxContext = (registry: Registry, task: Spec, batch: number): BuildContext => {
  const made = registry.make(TASK, task);
  const backbone = registry.make(BACKBONE, ['resnet18', { width: 0.125, stem: 'imagenet' }]);
  const kept = buildInference(backbone, made, { classes: 5, size: [64, 64], seed: seedOf(1) });
  const streams = [streamOf({ views: 2, batch })];
  const targets = { [BOXES]: boxesSpec(4), [FRAME]: frameSpec };
  return { ...buildContextOf(kept.backbone, { streams, targets }), task: made.name, head: kept.head };
};
