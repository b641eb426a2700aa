import { fixMatchViews } from '@understory/augmentations';
import type { ExperimentInput } from '@understory/config';
import type { Spec } from '@understory/core';
import { cifarAt, officialSource, type TableRequest } from './data.ts';
import { SEMI } from './paper.ts';
import { budget, POCKET_EPOCHS, viewsAt, type Scale } from './protocol.ts';
import type { Row, Table } from './table.ts';

const labelled: Spec = ['cross-entropy', { stream: 'labelled' }];
const contrast: Spec = ['contrastive-deep-supervision', { unlabelled: ['ntxent', { temperature: 0.07 }] }];

interface Amounts {
  /** Images a step. */
  readonly batch: { readonly labelled: number; readonly unlabelled: number };
  /** Epochs over the labelled images that make as many steps as the other tables' runs. */
  readonly epochs: number;
  /** Epochs over which weights rise: 40 % of the run, as usual. */
  readonly rampEpochs: number;
  /** Share of Mean Teacher's, FreeMatch's and SoftMatch's averages that stays: a shorter run needs a shorter memory. */
  readonly decay: number;
}

const amounts = (scale: Scale, percent: number): Amounts => {
  const pocket = scale === 'pocket';
  const batch = pocket ? { labelled: 32, unlabelled: 32 } : { labelled: 64, unlabelled: 64 };
  const [images, steps] = pocket ? [5000, POCKET_EPOCHS * 78] : [50000, 300 * 781];
  const stepsPerEpoch = Math.floor((images * percent) / 100 / batch.labelled);
  const epochs = Math.round(steps / stepsPerEpoch);
  return { batch, epochs, rampEpochs: Math.round(0.4 * epochs), decay: pocket ? 0.99 : 0.999 };
};

interface Method {
  readonly label: string;
  readonly key: string;
  readonly objectives: readonly Spec[];
  /** Whether contrastive deep supervision is its own already, or there is nothing to add it to. */
  readonly alone?: boolean;
  /** How many views of an image it looks at, labelled and unlabelled, or FixMatch's own; 1 where nothing is said. */
  readonly views?: { readonly labelled?: 2; readonly unlabelled?: 2 | 'fixmatch' };
}

const methods = ({ rampEpochs, decay }: Amounts): readonly Method[] => [
  { label: 'baseline, labelled images alone', key: 'baseline', objectives: ['cross-entropy'], alone: true },
  {
    label: 'CDS',
    key: 'cds',
    objectives: ['contrastive-semi-supervision'],
    alone: true,
    views: { labelled: 2, unlabelled: 2 },
  },
  { label: 'pseudo-label', key: 'pseudo-label', objectives: [labelled, ['pseudo-label', { rampEpochs }]] },
  {
    label: 'Mean Teacher',
    key: 'mean-teacher',
    objectives: [labelled, ['mean-teacher', { rampEpochs, decay }]],
    views: { unlabelled: 2 },
  },
  {
    label: 'FixMatch',
    key: 'fixmatch',
    objectives: [labelled, 'fixmatch'],
    views: { unlabelled: 'fixmatch' },
  },
  {
    label: 'FreeMatch',
    key: 'freematch',
    objectives: [labelled, ['freematch', { momentum: decay }]],
    views: { unlabelled: 'fixmatch' },
  },
  {
    label: 'SoftMatch',
    key: 'softmatch',
    objectives: [labelled, ['softmatch', { momentum: decay }]],
    views: { unlabelled: 'fixmatch' },
  },
];

/** Every method, and those that know no contrast once more with contrastive deep supervision. */
const variants = (all: readonly Method[]): Method[] =>
  all.flatMap((method) => {
    const { label, key, objectives, alone, views } = method;
    const more: Method = {
      label: `${label} + CDS`,
      key: `${key}-cds`,
      objectives: [...objectives, contrast],
      views: { labelled: 2, unlabelled: views?.unlabelled ?? 2 },
    };
    return alone ? [method] : [method, more];
  });

/** Views of the labelled images and, under `unlabelled`, of the others. */
const viewsOf = (scale: Scale, { views = {} }: Method): Pick<ExperimentInput, 'views' | 'unlabelled'> => {
  const { labelled = 1, unlabelled = 1 } = views;
  const others = unlabelled === 'fixmatch' ? fixMatchViews() : viewsAt(scale, unlabelled);
  return { views: viewsAt(scale, labelled), unlabelled: { views: others.map((view) => [...view]) } };
};

/** The released drops at epochs 90, 180 and 280 of 300, at the same shares of a run that counts other epochs. */
const scheduleOf = (epochs: number): Spec => {
  const milestones = [90, 180, 280].map((epoch) => Math.round((epoch * epochs) / 300));
  return ['multi-step', { rate: 0.1, milestones, factor: 0.1 }];
};

const CHOICES = [
  'Which labels are kept (of each class as many, by the seed), 64 labelled and 64 unlabelled images a step, and 300 epochs of the ' +
    'unlabelled images for every row: the paper does not say.',
  'Epochs count passes over the labelled images, and the rate drops at the same shares of the run as in the released recipe.',
  'Pseudo-label, Mean Teacher, FixMatch, FreeMatch and SoftMatch are rows of ours, and so is contrast added to them.',
];

const TITLES = { cifar10: 'CIFAR-10', cifar100: 'CIFAR-100' } as const;

/** Semi-supervised training with so many percent of the labels, ResNet-18 on CIFAR; all take equally many steps. */
export const semiTable =
  (percent: number, data: 'cifar10' | 'cifar100' = 'cifar10') =>
  (request: TableRequest): Table => {
    const { width, ...rest } = budget(request.scale);
    const amount = amounts(request.scale, percent);
    const { batch, epochs } = amount;
    const shared = {
      ...rest,
      ...(request.scale === 'paper' && { lastBatch: 'drop' as const, schedule: scheduleOf(epochs) }),
      epochs,
      batch: batch.labelled,
      dataset: cifarAt(data, request),
      backbone: ['resnet18', { width }],
    } satisfies ExperimentInput;
    const rows = variants(methods(amount)).map((method): Row => {
      const { label, key, objectives } = method;
      const { views, unlabelled } = viewsOf(request.scale, method);
      const share = { labelled: percent / 100, batch: key === 'baseline' ? 0 : batch.unlabelled };
      const own = { views, unlabelled: { ...unlabelled, ...share }, objectives: [...objectives] };
      return { label, key, paper: SEMI[data][key]?.[percent] ?? '–', config: { ...shared, ...own } };
    });
    return {
      name: data === 'cifar10' ? `semi-${percent}` : `semi-${percent}-${data}`,
      title: `${TITLES[data]}, resnet18 at width ${width}, ${percent} % of the labels: semi-supervised training`,
      paperColumn: 'paper, full size, read off a plot, %',
      rows,
      reference: 'baseline',
      seeds: 3,
      sources: [officialSource(data, request)],
      choices: CHOICES,
    };
  };
