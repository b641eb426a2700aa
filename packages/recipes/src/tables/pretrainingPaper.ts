import type { ExperimentInput } from '@understory/config';
import type { Spec } from '@understory/core';
import { dataOf, imagenetAt, type TableRequest } from './data.ts';
import { IMAGENET_CHOICES, onImagenet } from './imagenet.ts';
import { methodOf, objectivesOf, type Method } from './methods.ts';
import { PRETRAINING } from './paper.ts';
import { byol, inStages, supCon } from './pretrainingStages.ts';
import { PAPER_RECIPES, photoViewsAt, type Views } from './protocol.ts';
import { rowOf, type Row, type Table } from './table.ts';

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
  const label = `SupCon, batch ${batch}, ${epochs} epochs, AutoAugment`;
  const first: ExperimentInput = {
    ...structuredClone(PAPER_RECIPES.imagenet),
    ...baseOf(root),
    ...{ batch, epochs, lastBatch: 'drop' },
    schedule: ['cosine', { rate, final: rate * 0.1 ** 3, warmupEpochs: 10 }],
    views: [[...view], [...view]],
    objectives: [supCon(0.1)],
  };
  return inStages({ label, key, config: first }, [
    { label, key, config: linear(root), paper: PRETRAINING[key] ?? '–' },
  ]);
};

const BYOL_EPOCHS = { before: 1000, tuning: 80 };

/** One network that learns by BYOL, and what a classifier makes of it without and with DSN's terms. */
const byolRows = (root: string): Row[] => {
  const { before, tuning } = BYOL_EPOCHS;
  const first: ExperimentInput = {
    ...structuredClone(PAPER_RECIPES.imagenet),
    ...baseOf(root),
    ...{ batch: 1024, epochs: before, lastBatch: 'drop' },
    optimizer: ['lars', { momentum: 0.9, weightDecay: 1.5e-6 }],
    schedule: ['cosine', { rate: (0.2 * 1024) / 256, warmupEpochs: 10 }],
    views: byolViews(),
    objectives: [byol(before)],
  };
  const tuned = (name: string, label: string, method: Method) => {
    const key = `${name}-1024-${before + tuning}`;
    const config: ExperimentInput = {
      ...structuredClone(PAPER_RECIPES.imagenet),
      ...baseOf(root),
      epochs: tuning,
      schedule: ['cosine', { rate: 0.05 }],
      views: photoViewsAt(224, 1),
      objectives: objectivesOf(method),
    };
    const paper = PRETRAINING[key] ?? '–';
    return { label: `${label}, batch 1024, ${before + tuning} epochs`, key, config, paper };
  };
  const [plain, dsn] = [
    tuned('byol', 'BYOL', methodOf('baseline')),
    tuned('byol-dsn', 'BYOL + DSN', methodOf('dsn')),
  ];
  return inStages({ label: `BYOL, batch 1024, ${before} epochs`, key: plain.key, config: first }, [
    plain,
    dsn,
  ]);
};

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
  const teacher = rowOf(distillation, 'teacher-resnet101');
  const student = rowOf(distillation, 'resnet50/cds-kd');
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

/** Every row of the paper's comparison on ImageNet, ResNet-50; CDS as a distiller stands in the table of distillation. */
export const paperRows = (request: TableRequest, distillation: Table): Row[] => {
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
    ...byolRows(root),
    plain('cds'),
    ...distilled(distillation),
    longRow(root, methodOf('cds'), [256, 350]),
  ];
};

/** What the paper leaves open of them. */
export const PAPER_CHOICES = [
  'The paper gives batch, epochs and AutoAugment of each row, and no more. SupCon: batch norm network, head and temperature 0.1 of its ' +
    'CIFAR recipe, rate 0.5 for 1,024 images; then a linear classifier over still weights, 90 epochs.',
  "BYOL: its authors' views, LARS, rate 0.2 for 256 images, 1,000 epochs, one network for both rows; then all weights for 80 epochs at 0.05, " +
    "with DSN's terms where the row says so.",
  'Longer runs: the rate grows with the batch (five epochs of warm-up) and falls at thirds of the run; AutoAugment after the flip of view 1.',
  'Two numbers of CDS stand in the paper, 78.3 and 78.7; the second is taken to be its distilled one.',
  ...IMAGENET_CHOICES,
];
