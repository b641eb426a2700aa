import path from 'node:path';
import type { ExperimentInput } from '@understory/config';
import { officialDataset } from '@understory/datasets';
import { cifarBefore, imagenetBefore, sourceBefore, type TableRequest } from './data.ts';
import { onImagenet } from './imagenet.ts';
import { FINE_GRAINED } from './paper.ts';
import {
  PAPER_RECIPES,
  photoViewsAt,
  pocketBudget,
  POCKET_WIDTH,
  someViews,
  viewsAt,
  type Budget,
  type Views,
} from './protocol.ts';
import { objectivesOf, SUPERVISION, type Method } from './methods.ts';
import { crossed, type Row, type Table } from './table.ts';

type Side = 224 | 448;

/** Sides of the squares that pictures are cut to, by those of what networks see of them. */
const SQUARES: Readonly<Record<Side, number>> = { 224: 256, 448: 512 };

const FINE_POCKET = {
  ...PAPER_RECIPES.fine224,
  epochs: 20,
  lastBatch: 'drop',
  selectOn: 'validation',
  metrics: ['accuracy', 'calibration'],
} satisfies Budget;

const SETS = ['cub', 'cars', 'flowers', 'dogs', 'aircraft'].map((key) => {
  return { key, label: officialDataset(key).title };
});

/** Of the middle 512 pixels, as the second view's colours are those of 224. */
const viewsOf = (side: Side, count: 1 | 2): Views => {
  const views = photoViewsAt(224, count);
  if (side === 224) return views;
  return someViews(
    views.map(([, ...others]) => [['crop', { size: side, pad: 0 }], ...others]),
    count,
  );
};

const fineTuned = (side: Side, root: string, set: string, method: Method) => {
  const square = SQUARES[side];
  return {
    ...structuredClone(side === 224 ? PAPER_RECIPES.fine224 : PAPER_RECIPES.fine448),
    dataset: [set, { root, size: [square, square], validation: 0 }],
    inferenceCrop: [side, side],
    backbone: ['resnet50', { stem: 'imagenet' }],
    views: viewsOf(side, method.views ?? 1),
    objectives: objectivesOf(method),
  } satisfies ExperimentInput;
};

/** Networks that a paper's table begins with: the runs of the table `imagenet`, the first seed of each. */
export const fromImagenet = (request: TableRequest): Row[] =>
  SUPERVISION.map((method) => ({
    label: `pre-training, ${method.label}`,
    key: `pre-${method.key}`,
    apart: true,
    seed: 0,
    config: onImagenet(imagenetBefore(request), 'resnet50', method),
    home: { table: 'imagenet', key: `resnet50/${method.key}` },
    paper: '–',
  }));

const paperRows = (side: Side, request: TableRequest): Row[] => [
  ...fromImagenet(request),
  ...crossed(SETS, SUPERVISION, ({ key }, method) => {
    const root = path.join(request.data ?? 'data', key);
    const config = fineTuned(side, root, key, method);
    const after = `pre-${method.key}`;
    return {
      after,
      config: (runOf) => ({ ...config, weights: { run: runOf(after) } }),
      paper: FINE_GRAINED[key]?.[method.key] ?? '–',
    };
  }),
];

const choicesAt = (side: Side): readonly string[] => [
  'All but datasets and numbers is ours: the paper says nothing of how it fine-tuned (two presets, at 224 and 448 pixels).',
  'Each method trains both: weights of ImageNet, and from them each dataset, with fresh heads and a fresh classifier.',
  `A picture is cut to its middle ${SQUARES[side]}×${SQUARES[side]} pixels before views take their parts of it, and evaluation sees the middle ${side}×${side}.`,
  'Flowers and Aircraft train on their training and validation images together; Aircraft is without its copyright strip.',
];

const paperTable = (side: Side, request: TableRequest): Omit<Table, 'name'> => ({
  title: `ResNet-50 from weights of ImageNet, ${side} pixels, ${PAPER_RECIPES.fine224.epochs} epochs: fine-grained classes`,
  paperColumn: 'paper, top-1, %',
  rows: paperRows(side, request),
  reference: 'cub/baseline',
  seeds: 3,
  sources: [
    {
      option: '--data',
      what: 'a folder with cub, cars, flowers, dogs and aircraft in it',
      path: request.data ?? 'data',
      get: 'understory data get cub (and cars, flowers, dogs, aircraft)',
    },
    sourceBefore('imagenet', request),
  ],
  choices: choicesAt(side),
});

/** A stand-in: weights of CIFAR-10, five epochs; then the 1,906 emoji that the package brings. */
const pocketRows = (name: string, request: TableRequest): Row[] => {
  const backbone: ExperimentInput['backbone'] = ['resnet18', { width: POCKET_WIDTH }];
  const dataset = cifarBefore(request, 10_000);
  // There is one pocket protocol: the presets differ in pixels, which emoji do not have.
  const homeOf = (key: string) => (name === 'fine-grained' ? {} : { home: { table: 'fine-grained', key } });
  const shared = (method: Method) => {
    return { backbone, objectives: objectivesOf(method), views: viewsAt('pocket', method.views ?? 1) };
  };
  const before = SUPERVISION.map((method): Row => {
    const [label, key] = [`pre-training, ${method.label}`, `pre-${method.key}`];
    const config = { ...pocketBudget(5), ...shared(method), dataset };
    return { label, key, apart: true, seed: 0, config, paper: '–', ...homeOf(key) };
  });
  const tuned = SUPERVISION.map((method): Row => {
    const { label, key } = method;
    const config = { ...structuredClone(FINE_POCKET), ...shared(method), dataset: 'emoji' };
    const after = `pre-${key}`;
    return {
      ...{ label, key, after, paper: '–', ...homeOf(key) },
      config: (runOf) => ({ ...config, weights: { run: runOf(after) } }),
    };
  });
  return [...before, ...tuned];
};

const pocketTable = (name: string, request: TableRequest): Omit<Table, 'name'> => ({
  title: `Emoji, resnet18 at width ${POCKET_WIDTH} from weights of CIFAR-10, ${FINE_POCKET.epochs} epochs: fine-tuning`,
  rows: pocketRows(name, request),
  reference: 'baseline',
  seeds: 3,
  sources: [sourceBefore('cifar10', request)],
  choices: ['All of it: emoji stand in for fine-grained classes, CIFAR-10 for ImageNet.'],
});

/** Five fine-grained datasets with five methods each (paper, table 6), by the preset of a side in pixels. */
export const fineGrainedTable =
  (name: string, side: Side) =>
  (request: TableRequest): Table => ({
    name,
    ...(request.scale === 'paper' ? paperTable(side, request) : pocketTable(name, request)),
  });
