import type { ExperimentInput } from '@understory/config';
import type { Spec } from '@understory/core';
import { cifarAt, dataOf, imagenetAt, officialSource, type TableRequest } from './data.ts';
import { IMAGENET_CHOICES, onImagenet } from './imagenet.ts';
import { DISTILLATION } from './paper.ts';
import { METHODS, objectivesOf } from './distillationMethods.ts';
import { branchesOn, MORE_METHODS } from './moreDistillation.ts';
import { budget, PAPER_RECIPES, photoViewsAt, viewsAt, type Views } from './protocol.ts';
import { methodOf } from './methods.ts';
import type { Model } from './supervision.ts';
import { crossed, type Row, type Table } from './table.ts';

const TEACHER = 'teacher';

/**
 * One teacher for all methods and seeds: twice as wide, and with the heads that CDS's own distillation needs. The
 * pocket has methods that the paper does not compare, too.
 */
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
  return [...new Set(STUDENTS.map(({ teacher }) => teacher))].map((backbone): Row => {
    const row: Row = {
      label: `the teacher, ${backbone}`,
      key: `${TEACHER}-${backbone}`,
      seed: 0,
      config: onImagenet(dataOf('imagenet', request), backbone, methodOf('cds')),
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
        config: onImagenet(dataOf('imagenet', request), student.key, methodOf('baseline')),
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
