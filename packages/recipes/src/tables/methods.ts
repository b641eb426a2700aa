import type { ExperimentInput } from '@understory/config';
import { unknownName } from '@understory/core';

export interface Method {
  readonly label: string;
  readonly key: string;
  /** What is added to the task's cross-entropy. */
  readonly objective?: string;
  /** Options of what is added, beside its weight. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** How many views of an image it looks at; 1 where nothing is said. */
  readonly views?: 1 | 2;
  /** Options that weigh all that it adds. */
  readonly weights?: readonly string[];
}

/** The methods that the paper's tables 1 and 2 compare. One word of the config changes the method. */
export const SUPERVISION: readonly Method[] = [
  { label: 'baseline', key: 'baseline' },
  { label: 'DSN', key: 'dsn', objective: 'deeply-supervised-nets' },
  { label: 'DKS', key: 'dks', objective: 'knowledge-synergy', weights: ['weight', 'mimicWeight'] },
  { label: 'DHM', key: 'dhm', objective: 'hierarchical-mimicking', weights: ['weight', 'mimicWeight'] },
  { label: 'CDS', key: 'cds', objective: 'contrastive-deep-supervision', views: 2 },
];

const CDS = 'contrastive-deep-supervision';

/** Ways to supervise every stage beside the labels, by labels or by views alone; the latter are ours. */
export const SELF_SUPERVISION: readonly Method[] = [
  ...SUPERVISION.filter(({ key }) => key === 'baseline' || key === 'cds'),
  { label: 'SimCLR on every tap', key: 'simclr', objective: CDS, options: { loss: 'ntxent' }, views: 2 },
  ...['vicreg', 'barlow-twins'].map((loss): Method => ({
    label: `${loss === 'vicreg' ? 'VICReg' : 'Barlow Twins'} on every tap`,
    ...{ key: loss, objective: CDS, options: { loss, expander: 'expander' }, views: 2 },
  })),
  {
    label: 'BYOL on every tap',
    ...{ key: 'byol', objective: 'bootstrap-deep-supervision', options: { momentum: 0.99 }, views: 2 },
  },
];

/** A method's objectives, at the released weight or at this one. */
export const objectivesOf = (
  { objective, options, weights = ['weight'] }: Pick<Method, 'objective' | 'options' | 'weights'>,
  weight?: number,
): NonNullable<ExperimentInput['objectives']> => {
  if (objective === undefined) return ['cross-entropy'];
  if (weight === undefined) return ['cross-entropy', options ? [objective, { ...options }] : objective];
  const weighed = Object.fromEntries(weights.map((name) => [name, weight]));
  return ['cross-entropy', [objective, { ...options, ...weighed }]];
};

/** A method of the comparison by its key. Errors: `unknown-name`. */
export const methodOf = (key: string): Method => {
  const found = SUPERVISION.find((method) => method.key === key);
  if (found) return found;
  throw unknownName(
    'method',
    key,
    SUPERVISION.map((method) => method.key),
  );
};
