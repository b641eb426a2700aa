import type { ExperimentInput } from '@understory/config';
import { budget, cifar10At, viewsAt, type Row, type Table, type TableRequest } from './table.ts';

interface Method {
  readonly label: string;
  readonly key: string;
  readonly objectives: NonNullable<ExperimentInput['objectives']>;
  /** How many views of an image it looks at; 1 where nothing is said. */
  readonly views?: 1 | 2;
}

/** The methods that the paper's tables 1 and 2 compare. One word of the config changes the method. */
export const SUPERVISION: readonly Method[] = [
  { label: 'baseline', key: 'baseline', objectives: ['cross-entropy'] },
  { label: 'DSN', key: 'dsn', objectives: ['cross-entropy', 'deeply-supervised-nets'] },
  { label: 'DKS', key: 'dks', objectives: ['cross-entropy', 'knowledge-synergy'] },
  { label: 'DHM', key: 'dhm', objectives: ['cross-entropy', 'hierarchical-mimicking'] },
  { label: 'CDS', key: 'cds', objectives: ['cross-entropy', 'contrastive-deep-supervision'], views: 2 },
];

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

/** Supervision methods on one backbone, CIFAR-10 (paper, table 2). */
export const supervisionTable =
  (backbone: string, { options = {}, pocketEpochs }: Choices = {}) =>
  (request: TableRequest): Table => {
    const { width, ...rest } = budget(request.scale, pocketEpochs);
    const shared = {
      ...rest,
      dataset: cifar10At(request),
      backbone: [backbone, { ...options, width }],
    } satisfies ExperimentInput;
    const rows = SUPERVISION.map(({ label, key, objectives, views = 1 }): Row => ({
      label,
      key,
      config: { ...shared, views: viewsAt(request.scale, views), objectives },
      paper: PAPER[backbone]?.[key] ?? '–',
    }));
    return {
      name: `supervision-${backbone}`,
      title: `CIFAR-10, ${backbone} at width ${width}, ${rest.epochs} epochs: supervision`,
      paperColumn: 'paper, CIFAR-100, full size, %',
      rows,
      reference: 'baseline',
      seeds: 3,
    };
  };
