import { planStreams, type ExperimentConfig } from '@understory/config';
import {
  AUGMENTATION,
  BACKBONE,
  DATASET,
  EVALUATOR,
  METRIC,
  OBJECTIVE,
  OPTIMIZER,
  REPORT_SECTION,
  REPORTER,
  SAMPLER,
  SCHEDULE,
  TASK,
  type Registry,
  type Spec,
  type Token,
} from '@understory/core';
import { defaultViews } from '@understory/recipes/experiments';

type Options = Readonly<Record<string, unknown>>;

/** A plugin as a config names it, with the options that it says nothing of filled in. */
export class SettledSpec {
  readonly name: string;
  readonly options: Options;
  constructor(name: string, options: Options) {
    this.name = name;
    this.options = options;
  }
}

const isSpec = (value: unknown): value is Spec =>
  typeof value === 'string' ||
  (Array.isArray(value) &&
    typeof value[0] === 'string' &&
    value.length <= 2 &&
    typeof value[1] !== 'string' &&
    !Array.isArray(value[1]));

const settleSpec = (registry: Registry, token: Token<unknown>, spec: Spec): SettledSpec => {
  const [name, given = {}] = typeof spec === 'string' ? [spec] : (spec as readonly [string, Options?]);
  const plugin = registry.list(token).find((p) => p.name === name);
  if (!plugin) return new SettledSpec(name, given);
  let options: Record<string, unknown>;
  try {
    options = { ...(plugin.options.parse(given) as object) };
  } catch {
    return new SettledSpec(name, given); // an option that is wrong is told where the thing is made
  }
  for (const [key, used] of Object.entries(plugin.uses ?? {})) {
    const value = options[key];
    if (isSpec(value)) options[key] = settleSpec(registry, used, value);
    else if (Array.isArray(value))
      options[key] = value.map((one: unknown) => (isSpec(one) ? settleSpec(registry, used, one) : one));
  }
  return new SettledSpec(name, options);
};

/** A config with everything filled in that it leaves to defaults: two that mean the same are equal. */
export const settledConfig = (registry: Registry, config: ExperimentConfig): Record<string, unknown> => {
  const settle =
    (token: Token<unknown>) =>
    (spec: Spec): SettledSpec =>
      settleSpec(registry, token, spec);
  const objectives = config.objectives.map((spec) => registry.make(OBJECTIVE, spec));
  const [first, second] = planStreams(config, objectives, defaultViews());
  const viewsOf = (views: readonly (readonly Spec[])[]): SettledSpec[][] =>
    views.map((view) => view.map(settle(AUGMENTATION)));
  const { unlabelled } = config;
  return {
    ...config,
    dataset: settle(DATASET)(config.dataset),
    sampler: settle(SAMPLER)(config.sampler),
    task: settle(TASK)(config.task),
    backbone: settle(BACKBONE)(config.backbone),
    optimizer: settle(OPTIMIZER)(config.optimizer),
    schedule: settle(SCHEDULE)(config.schedule),
    objectives: config.objectives.map(settle(OBJECTIVE)),
    metrics: config.metrics.map(settle(METRIC)),
    evaluators: config.evaluators.map(settle(EVALUATOR)),
    reporters: config.reporters.map(settle(REPORTER)),
    sections: config.sections.map(settle(REPORT_SECTION)),
    views: viewsOf(first.views),
    ...(unlabelled && { unlabelled: { ...unlabelled, views: second && viewsOf(second.views) } }),
  };
};
