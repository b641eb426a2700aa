import type { ExperimentInput } from '@understory/config';
import { budget, cifar10At, type Row, type Table, type TableRequest } from './table.ts';

/** The methods that the paper's tables 1 and 2 compare. One word of the config changes the method. */
export const SUPERVISION: readonly {
  readonly label: string;
  readonly key: string;
  readonly objectives: NonNullable<ExperimentInput['objectives']>;
}[] = [
  { label: 'baseline', key: 'baseline', objectives: ['cross-entropy'] },
  { label: 'DSN', key: 'dsn', objectives: ['cross-entropy', 'deeply-supervised-nets'] },
  { label: 'CDS', key: 'cds', objectives: ['cross-entropy', 'contrastive-deep-supervision'] },
];

/** Supervision methods on one backbone, CIFAR-10 (paper, table 2). */
export const supervisionTable =
  (backbone: string) =>
  (request: TableRequest): Table => {
    const { width, ...rest } = budget(request.scale);
    const shared = {
      ...rest,
      dataset: cifar10At(request),
      backbone: [backbone, { width }],
    } satisfies ExperimentInput;
    const rows = SUPERVISION.map(({ label, key, objectives }): Row => ({
      label,
      key,
      config: { ...shared, objectives },
    }));
    return {
      name: `supervision-${backbone}`,
      title: `CIFAR-10, ${backbone} at width ${width}: supervision`,
      rows,
      seeds: 3,
    };
  };
