import type { ExperimentInput } from '@understory/config';

export interface Method {
  readonly label: string;
  readonly key: string;
  /** What is added to the task's cross-entropy. */
  readonly objective?: string;
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

/** A method's objectives, at the released weight or at this one. */
export const objectivesOf = (
  { objective, weights = ['weight'] }: Pick<Method, 'objective' | 'weights'>,
  weight?: number,
): NonNullable<ExperimentInput['objectives']> => {
  if (objective === undefined) return ['cross-entropy'];
  if (weight === undefined) return ['cross-entropy', objective];
  return ['cross-entropy', [objective, Object.fromEntries(weights.map((name) => [name, weight]))]];
};
