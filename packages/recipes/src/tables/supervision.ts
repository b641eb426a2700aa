import type { ExperimentInput } from '@understory/config';
import { cifarAt, officialSource, TRIAL_IMAGES, type TableRequest } from './data.ts';
import { objectivesOf, SELF_SUPERVISION, SUPERVISION, type Method } from './methods.ts';
import { CIFAR100 } from './paper.ts';
import { budget, viewsAt } from './protocol.ts';
import { crossed, type Home, type Row, type Table } from './table.ts';
import { trialsOf, tunedTable, WEIGHTS, type ChosenWeights, type Protocol } from './weights.ts';

/** A network that tables compare methods on; its key is the backbone's name. */
export interface Model {
  readonly key: string;
  readonly label: string;
  /** Options of the backbone, beside its width. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Passes of a pocket run, where the usual number is too small for the methods to differ. */
  readonly pocketEpochs?: number;
  /** How it learns, where SGD at the usual rate is not for it. */
  readonly learns?: Pick<ExperimentInput, 'optimizer' | 'schedule'>;
}

/** The ten networks of the paper's tables 1 and 2. */
export const MODELS: readonly Model[] = [
  { key: 'resnet18', label: 'ResNet-18' },
  { key: 'resnet50', label: 'ResNet-50' },
  { key: 'resnet101', label: 'ResNet-101' },
  { key: 'resnext50', label: 'ResNeXt-50' },
  { key: 'resnext101', label: 'ResNeXt-101' },
  { key: 'wideresnet50', label: 'WRN-50-2' },
  { key: 'wideresnet101', label: 'WRN-101-2' },
  { key: 'senet18', label: 'SENet-18' },
  { key: 'senet50', label: 'SENet-50' },
  { key: 'preactresnet18', label: 'PreActResNet-18' },
];

type Cifar = 'cifar10' | 'cifar100';
const TITLES: Readonly<Record<Cifar, string>> = { cifar10: 'CIFAR-10', cifar100: 'CIFAR-100' };

/** How one method's config is made at a weight, or at the released one. */
type ConfigAt = (method: Method, weight?: number) => ExperimentInput;

/** How a method's config on a network is made. */
const supervised = (
  data: Cifar,
  { key, options = {}, pocketEpochs, learns }: Model,
  request: TableRequest,
): ConfigAt => {
  const { width, ...rest } = budget(request.scale, pocketEpochs);
  return (method, weight) => ({
    ...rest,
    ...learns,
    dataset: cifarAt(data, request),
    backbone: [key, { ...options, width }],
    views: viewsAt(request.scale, method.views ?? 1),
    objectives: objectivesOf(method, weight),
  });
};

const CHOICES = [
  'The released CIFAR code has no DSN, DKS or DHM: DSN has the same towers with classifiers and a weight of 1, DKS and DHM the ' +
    "branches of their authors' ImageNet networks of equal depth.",
  'The networks are those of the first author’s other released code: ResNeXt 32×4d and 32×8d, WRN-50-2 and -101-2, SENet and ' +
    'PreActResNet with biases.',
];

type Choices = Omit<Model, 'key' | 'label'>;

/** What all tables of one network on CIFAR-10 share. */
const oneNetwork = (backbone: string, choices: Choices, request: TableRequest) => {
  const { width, epochs } = budget(request.scale, choices.pocketEpochs);
  return {
    about: `CIFAR-10, ${backbone} at width ${width}, ${epochs} epochs: supervision`,
    of: supervised('cifar10', { key: backbone, label: backbone, ...choices }, request),
    data: { sources: [officialSource('cifar10', request)], choices: CHOICES },
  };
};

const PAPER_COLUMN = 'paper, CIFAR-100, full size, %';
const publishedOf = (backbone: string, method: string): string => CIFAR100[backbone]?.[method] ?? '–';

/** Supervision methods on one backbone at the released weights, CIFAR-10 (paper, table 2). */
export const supervisionTable =
  (backbone: string, choices: Choices = {}) =>
  (request: TableRequest): Table => {
    const { about, of, data } = oneNetwork(backbone, choices, request);
    const rows = SUPERVISION.map((method): Row => {
      const { label, key } = method;
      return { label, key, config: of(method), paper: publishedOf(backbone, key) };
    });
    return {
      name: `supervision-${backbone}`,
      title: about,
      paperColumn: PAPER_COLUMN,
      rows,
      reference: 'baseline',
      contender: 'cds',
      seeds: 3,
      ...data,
    };
  };

/** Every stage of a backbone supervised by labels or by views alone, at untuned weights, CIFAR-10. */
export const selfSupervisionTable =
  (backbone: string, choices: Choices = {}) =>
  (request: TableRequest): Table => {
    const { about, of, data } = oneNetwork(backbone, choices, request);
    const rows = SELF_SUPERVISION.map((method): Row => {
      return { label: method.label, key: method.key, config: of(method), paper: '–' };
    });
    return {
      name: `self-supervision-${backbone}`,
      title: `${about} of every stage without labels`,
      rows,
      reference: 'baseline',
      seeds: 3,
      ...data,
    };
  };

const protocolOf = (backbone: string, title: string, configAt: ConfigAt): Protocol<Method> => ({
  ...{ name: `supervision-${backbone}`, title },
  ...{ methods: SUPERVISION, reference: 'baseline', trials: WEIGHTS },
  at: (method, weight) => ({ config: configAt(method, weight) }),
});

/** Which weight each method takes, by 2,000 validation images (paper: a tenth of the training images). */
export const weightTrials =
  (backbone: string, choices: Choices = {}) =>
  (request: TableRequest): Table => {
    const { about, of, data } = oneNetwork(backbone, choices, request);
    const dataset = cifarAt('cifar10', request, TRIAL_IMAGES);
    const chosen = request.scale === 'paper' ? { selectOn: 'validation' as const } : {};
    const configAt: ConfigAt = (method, weight) => ({ ...of(method, weight), ...chosen, dataset });
    return { ...trialsOf(protocolOf(backbone, about, configAt), 1), ...data };
  };

/** Supervision methods on one backbone, each at a weight that was chosen for it. */
export const tunedSupervision =
  (backbone: string, weights: ChosenWeights, choices: Choices = {}) =>
  (request: TableRequest): Table => {
    const { about, of, data } = oneNetwork(backbone, choices, request);
    const fresh = { contender: 'cds', seeds: 5, firstSeed: 3 };
    const table = tunedTable(protocolOf(backbone, about, of), { weights, ...fresh });
    const rows = table.rows.map((row) => ({ ...row, paper: publishedOf(backbone, row.key) }));
    return { ...table, rows, paperColumn: PAPER_COLUMN, ...data };
  };

interface Grid {
  /** A row that another table has already. */
  readonly homeOf?: (model: Model, method: Method) => Home | undefined;
  readonly paperColumn: string;
}

/** Ten networks with five methods each on CIFAR (paper, tables 1 and 2). */
export const cifarTable =
  (data: Cifar, { homeOf = () => undefined, paperColumn }: Grid) =>
  (request: TableRequest): Table => {
    const rows = crossed(MODELS, SUPERVISION, (model, method) => {
      const home = homeOf(model, method);
      const paper = data === 'cifar100' ? publishedOf(model.key, method.key) : '–';
      return { config: supervised(data, model, request)(method), paper, ...(home && { home }) };
    });
    const { width, epochs } = budget(request.scale);
    return {
      name: data,
      title: `${TITLES[data]}, ten networks at width ${width}, ${epochs} epochs: supervision`,
      paperColumn,
      rows,
      reference: 'resnet18/baseline',
      seeds: 3,
      sources: [officialSource(data, request)],
      choices: CHOICES,
    };
  };
