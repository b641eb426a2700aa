import {
  AUGMENTATION,
  BACKBONE,
  classification,
  DATASET,
  EVALUATOR,
  firstOf,
  METRIC,
  OBJECTIVE,
  OPTIMIZER,
  problemsOf,
  readSpec,
  REPORT_SECTION,
  REPORTER,
  SAMPLER,
  SCHEDULE,
  TASK,
  specProblems,
  UnderstoryError,
  wholeText,
  type Problem,
  type Registry,
  type Spec,
  type Task,
  type Token,
} from '@understory/core';
import type { Locate } from './locate.ts';
import { relations } from './relations.ts';
import { ExperimentSchema, type ExperimentConfig } from './schema.ts';

/** Keys of a config that name a plugin, or lists of them, by what they name. */
export const PLUGIN_KEYS: Readonly<Record<string, Token<unknown>>> = {
  dataset: DATASET,
  task: TASK,
  backbone: BACKBONE,
  optimizer: OPTIMIZER,
  schedule: SCHEDULE,
  sampler: SAMPLER,
  objectives: OBJECTIVE,
  metrics: METRIC,
  evaluators: EVALUATOR,
  reporters: REPORTER,
  sections: REPORT_SECTION,
};

/** Keys that hold a list of plugins. */
export const LIST_KEYS: readonly string[] = ['objectives', 'metrics', 'evaluators', 'reporters', 'sections'];

/** A plugin that a config names, and where. */
interface Named {
  readonly token: Token<unknown>;
  readonly spec: unknown;
  readonly path: readonly PropertyKey[];
}

const itemsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const ofView = (token: Token<unknown>, views: unknown, path: readonly PropertyKey[]): Named[] =>
  itemsOf(views).flatMap((view, v) =>
    itemsOf(view).map((spec, i): Named => ({ token, spec, path: [...path, v, i] })),
  );

/** A teacher that is read from a file of weights names the backbone that they are of. */
const ofTeachers = (objectives: unknown): Named[] =>
  itemsOf(objectives).flatMap((objective, i) => {
    const teacher = readSpec(objective)?.[1]['teacher'] as { backbone?: unknown } | null | undefined;
    const spec = typeof teacher === 'object' ? teacher?.backbone : undefined;
    const path = ['objectives', i, 1, 'teacher', 'backbone'];
    return spec === undefined ? [] : [{ token: BACKBONE, spec, path }];
  });

/** Every plugin that a config names by itself, right or wrong. */
const pluginsOf = (config: Readonly<Record<string, unknown>>): readonly Named[] => {
  const own = Object.entries(PLUGIN_KEYS).flatMap(([key, token]): Named[] => {
    const value = Object.hasOwn(config, key) ? config[key] : undefined;
    if (value === undefined) return [];
    return LIST_KEYS.includes(key)
      ? itemsOf(value).map((spec, i) => ({ token, spec, path: [key, i] }))
      : [{ token, spec: value, path: [key] }];
  });
  const unlabelled = config['unlabelled'] as { views?: unknown } | null | undefined;
  return [
    ...own,
    ...ofTeachers(config['objectives']),
    ...ofView(AUGMENTATION, config['views'], ['views']),
    ...ofView(AUGMENTATION, unlabelled?.views, ['unlabelled', 'views']),
  ];
};

const schemaProblems = (value: unknown): readonly Problem[] => {
  const { error } = ExperimentSchema.safeParse(value);
  return error ? (problemsOf(value, ExperimentSchema, error) ?? []) : [];
};

const isWithin = (path: readonly PropertyKey[], start: readonly PropertyKey[]): boolean =>
  start.every((key, i) => path[i] === key);

/**
 * All that is wrong with a config: keys, values, and with a registry every name and option of its plugins, and what they
 * name in turn.
 */
export const configProblems = (value: unknown, registry?: Registry): readonly Problem[] => {
  const own = schemaProblems(value);
  if (!registry || typeof value !== 'object' || value === null) return own;
  const named = pluginsOf(value as Readonly<Record<string, unknown>>);
  const told = (path: readonly PropertyKey[]): boolean => own.some((problem) => isWithin(problem.path, path));
  const plugins = named
    .filter(({ path }) => !told(path))
    .flatMap(({ token, spec, path }) => specProblems(registry, token, spec, path));
  const all = [...own, ...plugins];
  return all.length > 0 ? all : relations(filled(value, registry), registry);
};

/** What a task brings, where it is known: classification's is, without a registry. */
const taskOf = ({ task }: { readonly task: Spec }, registry: Registry | undefined): Task => {
  if (registry) return registry.make(TASK, task);
  const [name] = readSpec(task) ?? [];
  if (name === classification.name) return classification;
  throw new UnderstoryError(
    'config',
    `"objectives" and "metrics" of task "${name ?? ''}" are not known without its plugin. Name them in the config.`,
  );
};

/** A right config, with what it leaves out: objectives and metrics as the task has them. */
const filled = (value: unknown, registry: Registry | undefined): ExperimentConfig => {
  const parsed = ExperimentSchema.parse(value);
  const { objectives, metrics } = parsed;
  if (objectives && metrics) return { ...parsed, objectives, metrics };
  const task = taskOf(parsed, registry);
  return { ...parsed, objectives: objectives ?? task.objectives, metrics: metrics ?? task.metrics };
};

/** The error for what is wrong: each with its place, the first few of them, and a count of the rest. */
const refusal = (problems: readonly Problem[], locate: Locate): UnderstoryError =>
  new UnderstoryError(
    'config',
    firstOf(
      problems.map((problem, i) => {
        const where = locate(problem.path, problem.ofKey);
        return `${where}: ${i === 0 ? wholeText(problem) : problem.text}`;
      }),
      380,
      '\n',
    ),
  );

/**
 * Checks a config and fills in defaults. With a registry it also checks every plugin's name and options, before anything
 * is loaded or opened. Throws `config`: the place of each problem, key, value, choices and the nearest name.
 */
export const checkConfig = (
  value: unknown,
  registry?: Registry,
  locate: Locate = () => 'config',
): ExperimentConfig => {
  const problems = configProblems(value, registry);
  if (problems.length > 0) throw refusal(problems, locate);
  return filled(value, registry);
};

/** Checks a config without its plugins, and fills in defaults. */
export const parseConfig = (value: unknown, locate?: Locate): ExperimentConfig =>
  checkConfig(value, undefined, locate);
