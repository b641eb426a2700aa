import type { ExperimentConfig } from '@understory/config';

/**
 * What a run that goes on may change in its config. `free`: it changes nothing of what is learned, or was meant to be
 * changed. `upwards`: free where it grows, else as `asked`. `asked`: it trains otherwise from here on, so it is named
 * with --allow. `fixed`: it would be another run.
 */
export type Rule = 'free' | 'upwards' | 'asked' | 'fixed';

/** Every key of a config; a key that is missing here does not compile. */
export const RESUME_RULES = {
  name: 'free',
  seed: 'fixed',
  epochs: 'upwards',
  batch: 'fixed',
  lastBatch: 'fixed',
  dataset: 'fixed',
  views: 'fixed',
  unlabelled: 'fixed',
  sampler: 'fixed',
  backbone: 'fixed',
  weights: 'fixed',
  freeze: 'fixed',
  batchNorm: 'fixed',
  syncBatchNorm: 'asked',
  task: 'fixed',
  objectives: 'fixed',
  optimizer: 'asked',
  schedule: 'asked',
  accumulate: 'fixed',
  microBatches: 'asked',
  average: 'fixed',
  patience: 'free',
  metrics: 'fixed',
  evaluators: 'free',
  inferenceCrop: 'fixed',
  selectOn: 'fixed',
  checkpointEvery: 'free',
  reporters: 'free',
  sections: 'free',
  engine: 'free',
  plugins: 'free',
} as const satisfies Readonly<Record<keyof ExperimentConfig, Rule>>;

/** Keys inside of others that have a rule of their own. */
const INNER: Readonly<Record<string, Rule>> = {
  optimizer: 'fixed', // another optimizer altogether: its state is another
  'dataset.cache': 'free', // memory of this machine
  'dataset.check': 'free',
};

/** A change's key (`batch`, `schedule.rate`, `objectives[1].weight`) and its values before and after. */
export interface Change {
  readonly key: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** `schedule.rate` → `schedule`. */
export const topKey = (key: string): string => /^[^.[]*/.exec(key)![0];

export const ruleOf = ({ key, before, after }: Change): Exclude<Rule, 'upwards'> => {
  const own = INNER[key] ?? (RESUME_RULES as Readonly<Record<string, Rule>>)[topKey(key)] ?? 'fixed';
  if (own !== 'upwards') return own;
  return Number(after) > Number(before) ? 'free' : 'asked';
};

/** What --allow may name: keys, and parts of them. */
export const ALLOWABLE: readonly string[] = [
  'rate',
  ...Object.entries(RESUME_RULES).flatMap(([key, rule]) =>
    ['asked', 'upwards'].includes(rule) ? [key] : [],
  ),
];

/** Whether a list of --allow names a change: by its key, or by a part of it. */
export const isAllowed = ({ key }: Change, allow: readonly string[]): boolean =>
  key.split(/[.[\]]+/).some((part) => allow.includes(part));
