import type { ExperimentInput } from '@understory/config';
import type { Spec } from '@understory/core';
import { cifarAt, officialSource, type TableRequest } from './data.ts';
import { methodOf, objectivesOf, type Method } from './methods.ts';
import { paperRows, PAPER_CHOICES } from './pretrainingPaper.ts';
import { byol, inStages, supCon } from './pretrainingStages.ts';
import { pocketBudget, POCKET_EPOCHS, POCKET_WIDTH, viewsAt } from './protocol.ts';
import type { Row, Table } from './table.ts';

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
  // Each has a network of its own before, those of BYOL the same one twice: by its row's name the kept results are found.
  const staged = (key: string, label: string, first: Spec, then: Omit<ExperimentInput, 'dataset'>): Row[] =>
    inStages({ label, key, config: { ...before, objectives: [first] } }, [
      { label, key, config: { ...after, ...then }, paper: '–' },
    ]);
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
      choices: PAPER_CHOICES,
    };
  };
