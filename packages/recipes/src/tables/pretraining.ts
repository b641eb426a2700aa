import type { ExperimentInput } from '@understory/config';
import type { Spec } from '@understory/core';
import { cifarAt, dataOf, imagenetAt, officialSource, type TableRequest } from './data.ts';
import { IMAGENET_CHOICES, onImagenet } from './imagenet.ts';
import { PRETRAINING } from './paper.ts';
import {
  PAPER_RECIPES,
  photoViewsAt,
  pocketBudget,
  POCKET_EPOCHS,
  POCKET_WIDTH,
  viewsAt,
  type Views,
} from './protocol.ts';
import { objectivesOf, SUPERVISION, type Method } from './methods.ts';
import type { Row, Table } from './table.ts';

/** SupCon of the pooled feature alone, on its usual head, in place of terms on stages. */
const supCon = (temperature: number): Spec => [
  'contrastive-deep-supervision',
  {
    weight: 1,
    taps: ['stage4'],
    includeFinal: false,
    head: ['mlp', { width: 128 }],
    loss: ['supcon', { temperature, baseTemperature: temperature }],
  },
];
const byol = (momentumEpochs: number): Spec => ['bootstrap-latents', { momentum: 0.996, momentumEpochs }];

const methodOf = (key: string): Method => SUPERVISION.find((method) => method.key === key)!;

/** What is learned first, and how the classifier is learned then. */
interface Stages {
  readonly label: string;
  readonly key: string;
  readonly first: ExperimentInput;
  readonly then: ExperimentInput;
  readonly paper: string;
}

/** Two rows: a network that learns without its classifier, and one that goes on from its last weights. */
const inStages = ({ label, key, first, then, paper }: Stages): Row[] => [
  { label: `pre-training, ${label}`, key: `pre-${key}`, seed: 0, config: first, paper: '–' },
  {
    label,
    key,
    after: `pre-${key}`,
    // The best weights are those of a classifier, which has not learned yet.
    config: (runOf) => ({
      ...then,
      weights: { file: `${runOf(`pre-${key}`)}/checkpoints/last.safetensors` },
    }),
    paper,
  },
];

const AUTO_AUGMENT: Spec = ['auto-augment', { policy: 'imagenet' }];

/** AutoAugment after the flip of the first view. */
const augmented = (count: 1 | 2): Views =>
  photoViewsAt(224, count).map((view, i) => (i === 0 ? [...view, AUTO_AUGMENT] : view));

/** BYOL's two views: all of the first are blurred, and few of the second, some of which are solarised. */
const byolViews = (): Views => {
  const crop: Spec = ['random-resized-crop', { size: 224, scale: [0.08, 1] }];
  const jitter: Spec = [
    'color-jitter',
    { brightness: 0.4, contrast: 0.4, saturation: 0.2, hue: 0.1, p: 0.8 },
  ];
  const shared: Spec[] = [crop, 'flip', jitter, ['grayscale', { p: 0.2 }]];
  return [
    [...shared, ['gaussian-blur', { p: 1 }]],
    [...shared, ['gaussian-blur', { p: 0.1 }], ['solarize', { p: 0.2 }]],
  ];
};

/** The released recipe with another batch and number of epochs: the rate grows with the batch, and falls at thirds of the run. */
const longer = (batch: number, epochs: number) =>
  ({
    ...structuredClone(PAPER_RECIPES.imagenet),
    batch,
    epochs,
    schedule: [
      'step',
      {
        rate: (0.1 * batch) / 256,
        every: Math.ceil(epochs / 3),
        factor: 0.1,
        ...(batch > 256 && { warmupEpochs: 5 }),
      },
    ],
  }) satisfies Omit<ExperimentInput, 'dataset'>;

const baseOf = (root: string) => ({
  dataset: imagenetAt(root),
  backbone: ['resnet50', { stem: 'imagenet' }] as Spec,
});

const longRow = (root: string, method: Method, [batch, epochs]: readonly [number, number]): Row => {
  const key = `${method.key}-${batch}-${epochs}`;
  return {
    label: `${method.label}, batch ${batch}, ${epochs} epochs, AutoAugment`,
    key,
    config: {
      ...longer(batch, epochs),
      ...baseOf(root),
      views: augmented(method.views ?? 1),
      objectives: objectivesOf(method),
    },
    paper: PRETRAINING[key] ?? '–',
  };
};

const linear = (root: string): ExperimentInput => ({
  ...structuredClone(PAPER_RECIPES.imagenet),
  ...baseOf(root),
  views: photoViewsAt(224, 1),
  objectives: ['cross-entropy'],
  freeze: { upTo: 'stage4' },
});

const supConRows = (root: string, [batch, epochs]: readonly [number, number]): Row[] => {
  const key = `supcon-${batch}-${epochs}`;
  const rate = (0.5 * batch) / 1024;
  const [crop, flip] = photoViewsAt(224, 1)[0]!;
  const view = [crop!, flip!, AUTO_AUGMENT];
  return inStages({
    label: `SupCon, batch ${batch}, ${epochs} epochs, AutoAugment`,
    key,
    first: {
      ...structuredClone(PAPER_RECIPES.imagenet),
      ...baseOf(root),
      ...{ batch, epochs, lastBatch: 'drop' },
      schedule: ['cosine', { rate, final: rate * 0.1 ** 3, warmupEpochs: 10 }],
      views: [[...view], [...view]],
      objectives: [supCon(0.1)],
    },
    then: linear(root),
    paper: PRETRAINING[key] ?? '–',
  });
};

const BYOL_EPOCHS = { before: 1000, tuning: 80 };

const byolRows = (root: string, key: string, label: string, method: Method): Row[] =>
  inStages({
    label,
    key,
    first: {
      ...structuredClone(PAPER_RECIPES.imagenet),
      ...baseOf(root),
      ...{ batch: 1024, epochs: BYOL_EPOCHS.before, lastBatch: 'drop' },
      optimizer: ['lars', { momentum: 0.9, weightDecay: 1.5e-6 }],
      schedule: ['cosine', { rate: (0.2 * 1024) / 256, warmupEpochs: 10 }],
      views: byolViews(),
      objectives: [byol(BYOL_EPOCHS.before)],
    },
    then: {
      ...structuredClone(PAPER_RECIPES.imagenet),
      ...baseOf(root),
      epochs: BYOL_EPOCHS.tuning,
      schedule: ['cosine', { rate: 0.05 }],
      views: photoViewsAt(224, 1),
      objectives: objectivesOf(method),
    },
    paper: PRETRAINING[key] ?? '–',
  });

const shared = (
  key: string,
  label: string,
  home: { table: string; key: string },
  row: Pick<Row, 'config' | 'after'>,
): Row => ({
  ...{ label, key, home, ...row },
  paper: PRETRAINING[key] ?? '–',
});

/** CDS as a distiller, as the table of distillation has it. */
const distilled = (distillation: Table): Row[] => {
  const found = (wanted: string): Row => distillation.rows.find(({ key }) => key === wanted)!;
  const teacher = found('teacher-resnet101');
  const student = found('resnet50/cds-kd');
  return [
    { ...teacher, home: { table: distillation.name, key: teacher.key } },
    {
      ...shared(
        'cds-kd-256-90',
        'CDS, distilled, batch 256, 90 epochs',
        { table: distillation.name, key: student.key },
        {
          config: student.config,
        },
      ),
      after: teacher.key,
    },
  ];
};

const paperRows = (request: TableRequest, distillation: Table): Row[] => {
  const root = dataOf('imagenet', request);
  const plain = (key: string): Row =>
    shared(
      `${key}-256-90`,
      `${methodOf(key).label}, batch 256, 90 epochs`,
      { table: 'imagenet', key: `resnet50/${key}` },
      { config: onImagenet(root, 'resnet50', methodOf(key)) },
    );
  return [
    plain('baseline'),
    longRow(root, methodOf('baseline'), [4096, 270]),
    ...(
      [
        [6144, 350],
        [512, 350],
        [6144, 100],
      ] as const
    ).flatMap((amount) => supConRows(root, amount)),
    ...byolRows(root, 'byol-1024-1080', 'BYOL, batch 1024, 1080 epochs', methodOf('baseline')),
    ...byolRows(root, 'byol-dsn-1024-1080', 'BYOL + DSN, batch 1024, 1080 epochs', methodOf('dsn')),
    plain('cds'),
    ...distilled(distillation),
    longRow(root, methodOf('cds'), [256, 350]),
  ];
};

/** As many epochs in all for each row: three quarters without the classifier, or all at once. */
const pocketRows = (request: TableRequest): Row[] => {
  const own = {
    dataset: cifarAt('cifar10', request),
    backbone: ['resnet18', { width: POCKET_WIDTH }] as Spec,
  };
  const before = { ...pocketBudget((3 / 4) * POCKET_EPOCHS), ...own, views: viewsAt('pocket', 2) };
  const after = { ...pocketBudget(POCKET_EPOCHS / 4), ...own, views: viewsAt('pocket', 1) };
  const atOnce = (method: Method): Row => {
    const { label, key, views = 1 } = method;
    const config = {
      ...pocketBudget(),
      ...own,
      views: viewsAt('pocket', views),
      objectives: objectivesOf(method),
    };
    return { label, key, config, home: { table: 'supervision-resnet18', key }, paper: '–' };
  };
  const staged = (key: string, label: string, first: Spec, then: Omit<ExperimentInput, 'dataset'>): Row[] =>
    inStages({
      ...{ label, key },
      first: { ...before, objectives: [first] },
      then: { ...after, ...then },
      paper: '–',
    });
  return [
    atOnce(methodOf('baseline')),
    ...staged('supcon', 'SupCon, then a linear classifier', supCon(0.1), {
      objectives: ['cross-entropy'],
      freeze: { upTo: 'stage4' },
    }),
    ...staged('byol', 'BYOL, then all of it', byol((3 / 4) * POCKET_EPOCHS), {
      objectives: objectivesOf(methodOf('baseline')),
    }),
    ...staged('byol-dsn', 'BYOL, then all of it with DSN', byol((3 / 4) * POCKET_EPOCHS), {
      objectives: objectivesOf(methodOf('dsn')),
    }),
    atOnce(methodOf('cds')),
  ];
};

const CHOICES = [
  'The paper gives batch, epochs and AutoAugment of each row, and no more. SupCon: batch norm network, head and temperature 0.1 of its ' +
    'CIFAR recipe, rate 0.5 for 1,024 images; then a linear classifier over still weights, 90 epochs.',
  "BYOL: its authors' views, LARS, rate 0.2 for 256 images, 1,000 epochs; then all weights for 80 epochs at 0.05, with DSN's terms where " +
    'the row says so.',
  'Longer runs: the rate grows with the batch (five epochs of warm-up) and falls at thirds of the run; AutoAugment after the flip of view 1.',
  'Two numbers of CDS stand in the paper, 78.3 and 78.7; the second is taken to be its distilled one.',
  ...IMAGENET_CHOICES,
];

/** Contrastive pre-training against CDS (the paper's comparison with SupCon and BYOL). */
export const pretrainingTable =
  (distillation: (request: TableRequest) => Table) =>
  (request: TableRequest): Table => {
    if (request.scale === 'pocket')
      return {
        name: 'pretraining',
        title: `CIFAR-10, resnet18 at width ${POCKET_WIDTH}, ${POCKET_EPOCHS} epochs in all: contrastive pre-training`,
        rows: pocketRows(request),
        reference: 'baseline',
        seeds: 3,
        sources: [officialSource('cifar10', request)],
        choices: ['All of it: the paper has no such scale.'],
      };
    return {
      name: 'pretraining',
      title: 'ImageNet, ResNet-50: contrastive pre-training',
      paperColumn: 'paper, ImageNet, top-1, %',
      told: 'validation',
      measures: [
        { metric: 'accuracy', label: 'top-1' },
        { metric: 'top5', label: 'top-5' },
      ],
      rows: paperRows(request, distillation(request)),
      reference: 'baseline-256-90',
      seeds: 3,
      sources: [officialSource('imagenet', request)],
      choices: CHOICES,
    };
  };
