import type { ExperimentInput } from '@understory/config';
import type { Spec } from '@understory/core';
import { branchesOn, MORE_METHODS } from './moreDistillation.ts';
import {
  budget,
  cifar10At,
  POCKET_EPOCHS,
  viewsAt,
  type Row,
  type Scale,
  type Table,
  type TableRequest,
} from './table.ts';

const TEACHER = 'teacher';

/** Epochs and numbers of images that the authors set for a whole run, in proportion to a shorter one. */
interface Amounts {
  readonly negatives: number;
  readonly rampEpochs: number;
  readonly headEpochs: number;
}

const amounts = (scale: Scale): Amounts =>
  scale === 'full'
    ? { negatives: 16384, rampEpochs: 80, headEpochs: 60 }
    : { negatives: 1600, rampEpochs: POCKET_EPOCHS / 4, headEpochs: POCKET_EPOCHS / 4 };

export interface Method {
  readonly label: string;
  readonly key: string;
  /** Zhang et al. 2022, table 7: ImageNet, ResNet-18, top-1 in %; absent of methods that it does not have. */
  readonly paper?: string;
  /** Weight of the task's cross-entropy beside it, as its authors have it. */
  readonly task?: number;
  readonly objective?: (teacher: { readonly run: string }, amounts: Amounts) => Spec;
  /** Whether it needs no teacher. */
  readonly alone?: boolean;
  /** Key of the row that is its teacher, where it is another one. */
  readonly teacher?: string;
  /** How many views of an image it looks at, or that it has views of its own; 1 where nothing is said. */
  readonly views?: 1 | 2 | 'own';
}

const by =
  (name: string): NonNullable<Method['objective']> =>
  (teacher) => [name, { teacher }];

const METHODS: readonly Method[] = [
  { label: 'no distillation', key: 'none', paper: '69.21', alone: true },
  { label: 'KD', key: 'kd', paper: '70.52', task: 0.1, objective: by('knowledge-distillation') },
  { label: 'AT', key: 'at', paper: '70.74', objective: by('attention-transfer') },
  { label: 'RKD', key: 'rkd', paper: '70.63', objective: by('relational-distillation') },
  { label: 'SP', key: 'sp', paper: '70.61', objective: by('similarity-preserving') },
  {
    label: 'CRD',
    key: 'crd',
    paper: '71.07',
    objective: (teacher, { negatives }) => ['contrastive-representation', { teacher, negatives }],
  },
  { label: 'CC', key: 'cc', paper: '69.96', objective: by('correlation-congruence') },
  {
    label: 'OKD',
    key: 'okd',
    paper: '70.55',
    alone: true,
    objective: (_teacher, { rampEpochs }) => ['native-ensemble', { rampEpochs }],
  },
  {
    label: 'SSKD',
    key: 'sskd',
    paper: '71.62',
    task: 0.1,
    objective: (teacher, { headEpochs }) => ['self-supervised-distillation', { teacher, headEpochs }],
    views: 'own',
  },
  { label: 'CDS', key: 'cds-kd', paper: '73.23', objective: by('cds-distillation'), views: 2 },
];

const objectivesOf = ({ task = 1, objective }: Method, run: string, scale: Scale): Spec[] => [
  ['cross-entropy', { weight: task }],
  ...(objective ? [objective({ run }, amounts(scale))] : []),
];

/**
 * Distillation into ResNet-18 (paper, table 7), here on CIFAR-10. One teacher for all methods and seeds: it is wider (pocket)
 * or a ResNet-50 (full), and was trained with contrastive deep supervision, whose heads CDS's own distillation needs. The
 * pocket has methods that the paper does not compare, too.
 */
export const distillationTable = (request: TableRequest): Table => {
  const { width, ...rest } = budget(request.scale);
  const shared = { ...rest, dataset: cifar10At(request) } satisfies ExperimentInput;
  const student = { ...shared, backbone: ['resnet18', { width }] } satisfies ExperimentInput;
  const wider: Spec = request.scale === 'full' ? 'resnet50' : ['resnet18', { width: 2 * width }];
  const teacher: Row = {
    label: 'the teacher',
    key: TEACHER,
    seed: 0,
    config: {
      ...shared,
      views: viewsAt(request.scale, 2),
      backbone: wider,
      objectives: ['cross-entropy', 'contrastive-deep-supervision'],
    },
    paper: '–',
  };
  const pocket = request.scale === 'pocket';
  const rows = [...METHODS, ...(pocket ? MORE_METHODS : [])].map((method): Row => {
    const { label, key, paper = '–', alone, teacher: taughtBy = TEACHER, views = 1 } = method;
    const config: Row['config'] = (runOf) => ({
      ...student,
      ...(views !== 'own' && { views: viewsAt(request.scale, views) }),
      objectives: objectivesOf(method, runOf(taughtBy), request.scale),
    });
    return { label, key, paper, config, ...(alone ? {} : { after: taughtBy }) };
  });
  return {
    name: 'distillation',
    title: `CIFAR-10, resnet18 at width ${width} from a wider teacher, ${rest.epochs} epochs: distillation`,
    paperColumn: 'paper, ImageNet, full size, %',
    rows: [teacher, ...(pocket ? [branchesOn(TEACHER, { ...shared, backbone: wider })] : []), ...rows],
    reference: 'none',
    seeds: 3,
  };
};
