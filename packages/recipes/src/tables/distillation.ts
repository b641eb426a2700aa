import type { ExperimentInput } from '@understory/config';
import { dataOf, imagenetAt, officialSource, type TableRequest } from './data.ts';
import { IMAGENET_CHOICES, onImagenet } from './imagenet.ts';
import { DISTILLATION } from './paper.ts';
import { METHODS, objectivesOf } from './distillationMethods.ts';
import { pocketDistillation, TEACHER } from './pocketDistillation.ts';
import { PAPER_RECIPES, photoViewsAt, type Views } from './protocol.ts';
import { methodOf } from './methods.ts';
import type { Model } from './supervision.ts';
import { crossed, type Row, type Table } from './table.ts';

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
      config: (runOf) => ({ ...shared, objectives: objectivesOf(method, runOf(after), { scale: 'paper' }) }),
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
  if (request.scale === 'pocket') return pocketDistillation(request);
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
