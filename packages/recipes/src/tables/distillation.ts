import type { ExperimentInput } from '@understory/config';
import type { Spec } from '@understory/core';
import { cifarAt, dataOf, imagenetAt, officialSource, type TableRequest } from './data.ts';
import { IMAGENET_CHOICES, onImagenet } from './imagenet.ts';
import { DISTILLATION } from './paper.ts';
import { branchesOn, MORE_METHODS } from './moreDistillation.ts';
import {
  budget,
  PAPER_RECIPES,
  photoViewsAt,
  POCKET_EPOCHS,
  viewsAt,
  type Scale,
  type Views,
} from './protocol.ts';
import { SUPERVISION } from './methods.ts';
import type { Model } from './supervision.ts';
import { crossed, type Row, type Table } from './table.ts';

const TEACHER = 'teacher';

/** Epochs and numbers of images that the authors set for a whole run, in proportion to a shorter one. */
interface Amounts {
  readonly negatives: number;
  readonly rampEpochs: number;
  readonly headEpochs: number;
  /** Options of CDS as a distiller, beside its teacher. */
  readonly cds: Readonly<Record<string, unknown>>;
}

/** On ImageNet: 80 of the 300 epochs in which ONE's branches begin to agree, 60 of the 240 in which SSKD trains its head. */
const amounts = (scale: Scale): Amounts =>
  scale === 'paper'
    ? { negatives: 16384, rampEpochs: 24, headEpochs: 22.5, cds: CDS_ON_IMAGENET }
    : { negatives: 1600, rampEpochs: POCKET_EPOCHS / 4, headEpochs: POCKET_EPOCHS / 4, cds: {} };

/** The released script for ImageNet distillation: heavier terms than in its other scripts, and probabilities as they are. */
const CDS_ON_IMAGENET = {
  featureWeight: 0.5,
  logitWeight: 1,
  temperature: 1,
  adapters: 'always',
  supervision: ['contrastive-deep-supervision', { weight: 0.5 }],
};

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
  {
    label: 'CDS',
    key: 'cds-kd',
    paper: '73.23',
    objective: (teacher, { cds }) => ['cds-distillation', { teacher, ...cds }],
    views: 2,
  },
];

const objectivesOf = ({ task = 1, objective }: Method, run: string, scale: Scale): Spec[] => [
  ['cross-entropy', { weight: task }],
  ...(objective ? [objective({ run }, amounts(scale))] : []),
];

/** One teacher for all methods and seeds: twice as wide, and with the heads that CDS's own distillation needs. The pocket has methods that the paper does not compare, too. */
const pocketRows = (request: TableRequest): Row[] => {
  const { width, ...rest } = budget('pocket');
  const shared = { ...rest, dataset: cifarAt('cifar10', request) } satisfies ExperimentInput;
  const student = { ...shared, backbone: ['resnet18', { width }] } satisfies ExperimentInput;
  const wider: Spec = ['resnet18', { width: 2 * width }];
  const teacher: Row = {
    label: 'the teacher',
    key: TEACHER,
    seed: 0,
    config: {
      ...shared,
      views: viewsAt('pocket', 2),
      backbone: wider,
      objectives: ['cross-entropy', 'contrastive-deep-supervision'],
    },
    paper: '–',
  };
  const rows = [...METHODS, ...MORE_METHODS].map((method): Row => {
    const { label, key, paper = '–', alone, teacher: taughtBy = TEACHER, views = 1 } = method;
    const config: Row['config'] = (runOf) => ({
      ...student,
      ...(views !== 'own' && { views: viewsAt('pocket', views) }),
      objectives: objectivesOf(method, runOf(taughtBy), 'pocket'),
    });
    return { label, key, paper, config, ...(alone ? {} : { after: taughtBy }) };
  });
  return [teacher, branchesOn(TEACHER, { ...shared, backbone: wider }), ...rows];
};

const STUDENTS: readonly (Model & { readonly teacher: string })[] = [
  { key: 'resnet18', label: 'ResNet-18', teacher: 'resnet50' },
  { key: 'resnet34', label: 'ResNet-34', teacher: 'resnet50' },
  { key: 'resnet50', label: 'ResNet-50', teacher: 'resnet101' },
];

/** SSKD's four turned views, cut as photographs are. */
const turnedViews = (): Views => {
  const [[crop] = []] = photoViewsAt(224, 1);
  return [0, 1, 2, 3].map((turns) => [
    'flip',
    ['rotate90', { turns }],
    ...(crop === undefined ? [] : [crop]),
  ]);
};

const paperTeachers = (request: TableRequest): Row[] => {
  const cds = SUPERVISION.find(({ key }) => key === 'cds')!;
  return [...new Set(STUDENTS.map(({ teacher }) => teacher))].map((backbone): Row => {
    const row: Row = {
      label: `the teacher, ${backbone}`,
      key: `${TEACHER}-${backbone}`,
      seed: 0,
      config: onImagenet(dataOf('imagenet', request), backbone, cds),
      paper: '–',
    };
    return backbone === 'resnet50' ? { ...row, home: { table: 'imagenet', key: 'resnet50/cds' } } : row;
  });
};

const paperRows = (request: TableRequest): Row[] => [
  ...paperTeachers(request),
  ...crossed(STUDENTS, METHODS, (student, method) => {
    const { key, alone, views = 1 } = method;
    const after = `${TEACHER}-${student.teacher}`;
    const shared: ExperimentInput = {
      ...structuredClone(PAPER_RECIPES.imagenet),
      dataset: imagenetAt(dataOf('imagenet', request)),
      backbone: [student.key, { stem: 'imagenet' }],
      views: views === 'own' ? turnedViews() : photoViewsAt(224, views),
    };
    const paper = DISTILLATION[student.key]?.[key] ?? '–';
    if (key === 'none')
      return {
        config: onImagenet(dataOf('imagenet', request), student.key, SUPERVISION[0]!),
        paper,
        home: { table: 'imagenet', key: `${student.key}/baseline` },
      };
    return {
      config: (runOf) => ({ ...shared, objectives: objectivesOf(method, runOf(after), 'paper') }),
      paper,
      ...(alone ? {} : { after }),
    };
  }),
];

const CHOICES = [
  'The teachers: ResNet-50 of ResNet-18 and -34, ResNet-101 of ResNet-50, both trained with contrastive deep supervision. The paper ' +
    'names none; the released script has a ResNet-50.',
  'Weights of the other methods are those of the benchmark suite of CRD, made for CIFAR-100; epochs that they set for a whole run ' +
    'are taken in proportion (OKD 24, SSKD 22.5).',
  "The paper's numbers of CC, OKD and SSKD are another paper's, of a ResNet-34 teacher.",
  ...IMAGENET_CHOICES,
];

/** Distillation (paper, table 7): into three networks on ImageNet, or for a pocket into ResNet-18 on CIFAR-10. */
export const distillationTable = (request: TableRequest): Table => {
  const { width, epochs } = budget('pocket');
  if (request.scale === 'pocket')
    return {
      name: 'distillation',
      title: `CIFAR-10, resnet18 at width ${width} from a wider teacher, ${epochs} epochs: distillation`,
      paperColumn: 'paper, ImageNet, full size, %',
      rows: pocketRows(request),
      reference: 'none',
      seeds: 3,
      sources: [officialSource('cifar10', request)],
      choices: ['All of it: the paper has no such scale.'],
    };
  return {
    name: 'distillation',
    title: `ImageNet, ${PAPER_RECIPES.imagenet.epochs} epochs: distillation`,
    paperColumn: 'paper, ImageNet, top-1 / top-5, %',
    told: 'validation',
    measures: [
      { metric: 'accuracy', label: 'top-1' },
      { metric: 'top5', label: 'top-5' },
    ],
    rows: paperRows(request),
    reference: 'resnet18/none',
    seeds: 3,
    sources: [officialSource('imagenet', request)],
    choices: CHOICES,
  };
};
