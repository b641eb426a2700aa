import type { ExperimentInput } from '@understory/config';
import { objectivesOf, SUPERVISION, type Method } from './methods.ts';
import { budget, cifar10At, viewsAt, type Row, type Table, type TableRequest } from './table.ts';
import { trialsOf, tunedTable, type ChosenWeights, type ConfigAt, type Protocol } from './weights.ts';

/** Zhang et al. 2022, table 1: CIFAR-100, top-1 in %, by key. Its CIFAR-10 numbers are not to be had. */
const PAPER: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  resnet18: { baseline: '77.45', dsn: '78.30', dks: '78.96', dhm: '78.82', cds: '80.84' },
};

interface Choices {
  /** Options of the backbone, beside its width. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Passes of a pocket run, where the usual number is too small for the methods to differ. */
  readonly pocketEpochs?: number;
}

/** What all rows of a table share, and how a method's config is made of it. */
const configs = (backbone: string, { options = {}, pocketEpochs }: Choices, request: TableRequest) => {
  const { width, ...rest } = budget(request.scale, pocketEpochs);
  const shared = {
    ...rest,
    dataset: cifar10At(request),
    backbone: [backbone, { ...options, width }],
  } satisfies ExperimentInput;
  return {
    about: `CIFAR-10, ${backbone} at width ${width}, ${rest.epochs} epochs: supervision`,
    of: (method: Method, weight?: number): ExperimentInput => ({
      ...shared,
      views: viewsAt(request.scale, method.views ?? 1),
      objectives: objectivesOf(method, weight),
    }),
  };
};

/** Supervision methods on one backbone at the released weights, CIFAR-10 (paper, table 2). */
export const supervisionTable =
  (backbone: string, choices: Choices = {}) =>
  (request: TableRequest): Table => {
    const { about, of } = configs(backbone, choices, request);
    const rows = SUPERVISION.map((method): Row => ({
      label: method.label,
      key: method.key,
      config: of(method),
      paper: PAPER[backbone]?.[method.key] ?? '–',
    }));
    return {
      name: `supervision-${backbone}`,
      title: about,
      paperColumn: 'paper, CIFAR-100, full size, %',
      rows,
      reference: 'baseline',
      seeds: 3,
    };
  };

const protocolOf = (backbone: string, title: string): Protocol => ({
  ...{ name: `supervision-${backbone}`, title },
  methods: SUPERVISION.map(({ key }) => key),
});

/** Which weight each method takes, by 2,000 validation images. */
export const weightTrials =
  (backbone: string, choices: Choices = {}) =>
  (request: TableRequest): Table => {
    const { about, of } = configs(backbone, choices, request);
    const dataset = cifar10At(request, { validation: 2000 });
    const configAt: ConfigAt = (method, weight) => ({ ...of(method, weight), dataset });
    return trialsOf(protocolOf(backbone, about), configAt, 1);
  };

/** Supervision methods on one backbone, each at a weight that was chosen for it. */
export const tunedSupervision =
  (backbone: string, weights: ChosenWeights, choices: Choices = {}) =>
  (request: TableRequest): Table => {
    const { about, of } = configs(backbone, choices, request);
    return tunedTable(protocolOf(backbone, about), of, { weights, seeds: 5, firstSeed: 3 });
  };
