import type { ExperimentInput } from '@understory/config';
import { dataOf, imagenetAt, officialSource, POCKET_LIMIT, type TableRequest } from './data.ts';
import { IMAGENET } from './paper.ts';
import { PAPER_RECIPES, photoViewsAt, pocketBudget, POCKET_WIDTH } from './protocol.ts';
import { objectivesOf, SUPERVISION, type Method } from './methods.ts';
import type { Model } from './supervision.ts';
import { crossed, type Table } from './table.ts';

const MODELS: readonly Model[] = [
  { key: 'resnet18', label: 'ResNet-18' },
  { key: 'resnet34', label: 'ResNet-34' },
  { key: 'resnet50', label: 'ResNet-50' },
];

/** A network with a method on ImageNet, by the released recipe; tables that begin with its weights take the same run. */
export const onImagenet = (root: string, backbone: string, method: Method): ExperimentInput => ({
  ...structuredClone(PAPER_RECIPES.imagenet),
  dataset: imagenetAt(root),
  backbone: [backbone, { stem: 'imagenet' }],
  views: photoViewsAt(224, method.views ?? 1),
  objectives: objectivesOf(method),
});

/** Side of a pocket photograph, and of the square that views take theirs from. */
const [SIDE, SQUARE] = [56, 64];

const inPocket = (root: string, { test }: TableRequest, backbone: string, method: Method) =>
  ({
    ...pocketBudget(),
    dataset: [
      'images',
      { root, ...(test !== undefined && { test }), size: [SQUARE, SQUARE], limit: POCKET_LIMIT },
    ],
    backbone: [backbone, { stem: 'imagenet', width: POCKET_WIDTH }],
    views: photoViewsAt(SIDE, method.views ?? 1),
    objectives: objectivesOf(method),
  }) satisfies ExperimentInput;

/** What every table on ImageNet has to say of its settings. */
export const IMAGENET_CHOICES = [
  'A picture is cut to its middle 256×256 pixels before views take their parts of it, where the released code takes parts of the ' +
    'whole picture; evaluation sees the middle 224×224 of both.',
  'The 50,000 official validation images are those that the numbers are of, and choose the best epoch too, as in the released code.',
  'One process computes the whole batch of 256: the released code contrasts the part of each GPU by itself.',
];

/** Three networks with five methods each on ImageNet (paper, table 3). */
export const imagenetTable = (request: TableRequest): Table => {
  const paper = request.scale === 'paper';
  const root = dataOf('imagenet', request);
  return {
    name: 'imagenet',
    title: paper
      ? `ImageNet, ${PAPER_RECIPES.imagenet.epochs} epochs: supervision`
      : `Photographs at ${SIDE} pixels, networks at width ${POCKET_WIDTH}, ${pocketBudget().epochs} epochs: supervision`,
    paperColumn: 'paper, ImageNet, top-1 / top-5, %',
    ...(paper && {
      told: 'validation',
      measures: [
        { metric: 'accuracy', label: 'top-1' },
        { metric: 'top5', label: 'top-5' },
      ],
    }),
    rows: crossed(MODELS, SUPERVISION, (model, method) => ({
      config: paper ? onImagenet(root, model.key, method) : inPocket(root, request, model.key, method),
      paper: IMAGENET[model.key]?.[method.key] ?? '–',
    })),
    reference: 'resnet18/baseline',
    seeds: 3,
    sources: paper
      ? [officialSource('imagenet', request)]
      : [{ option: '--data', what: 'photographs, one folder a class (Imagenette, say)', path: root }],
    choices: paper ? IMAGENET_CHOICES : ['All of it: the paper has no such scale.'],
  };
};
