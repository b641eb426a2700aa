import path from 'node:path';
import {
  listed,
  METRIC,
  provide,
  LOG,
  SEED,
  seedOf,
  UnderstoryError,
  type Dataset,
  type Metric,
  type Spec,
} from '@understory/core';
import type { Listeners } from '../listeners.ts';
import { openConfig } from '../session.ts';
import { openSuited } from '../suit/openSuited.ts';
import { suitStem, type Choice } from '../suit/suitConfig.ts';
import { plannedPoints, type Plan, type Search } from './propose.ts';
import { readSpace } from './readSpace.ts';
import { isListed, sizeOf, type Space } from './space.ts';
import type { StopRule } from './stopping.ts';
import type { SweepSettings } from './sweepFile.ts';
import { checkSpace, ownPoint, trialConfig, type SweptConfig } from './trialConfig.ts';
import type { Goal, Measuring } from './trial.ts';

export interface SweepOptions {
  /** Keys and values, `key=value,value` or `key=log(0.01..0.2)`. */
  readonly over: readonly string[];
  /** Changes to the config, `key=value`. */
  readonly set: readonly string[];
  readonly search: Search;
  /** All combinations of a grid where nothing is said, else 20. */
  readonly trials?: number;
  readonly seeds: number;
  /** The first number of the config's first metric where nothing is said. */
  readonly measure?: string;
  /** Of a measure that no metric brings. */
  readonly goal?: Goal;
  readonly at: Measuring['at'];
  readonly stop: StopRule;
  /** Epochs that every run has; a quarter of the config's where nothing is said. */
  readonly grace?: number;
  readonly test: boolean;
  /** Trials that are trained at a time. */
  readonly jobs: number;
}

export interface OpenedSweep {
  readonly swept: SweptConfig;
  readonly plan: Plan;
  readonly settings: SweepSettings;
  /** Unit of the measure; a fraction where nothing is said. */
  readonly unit?: string;
  /** What the config left to its data: alike for all trials, but for the keys that are searched. */
  readonly choices: readonly Choice[];
}

/** Of a search that has no end by itself. */
const TRIALS = 20;
/** Most trials: their combinations are kept in one file, and compared with each other. */
const MOST = 10_000;

const refuse = (why: string): never => {
  throw new UnderstoryError('sweep', why);
};

/** How many trials there are to be. Errors: `sweep` where the space has fewer combinations, or too many for a grid. */
const trialsOf = ({ search, trials }: SweepOptions, space: Space): number => {
  const size = sizeOf(space);
  if (search === 'grid') {
    const range = space.find((dimension) => sizeOf([dimension]) === Infinity);
    if (range)
      refuse(
        `A grid has values, and ${range.key} has a range. List its values, or search by --search random.`,
      );
    if (size > MOST)
      refuse(
        `The grid has ${size} combinations, and ${MOST} are the most. Take values out, or give --search random.`,
      );
    if (trials !== undefined && trials !== size)
      refuse(
        `The grid has ${size} combinations, and --trials says ${trials}. Leave --trials out, or give --search random.`,
      );
    return size;
  }
  const wanted = trials ?? Math.min(TRIALS, size);
  if (wanted > size)
    refuse(
      `There are ${size} combinations, and --trials says ${wanted}. Give --search grid, which tries them all.`,
    );
  return wanted;
};

/** Names of a metric's numbers; none where these are only known with the data. */
const namesOf = async (metric: Metric): Promise<string[]> => {
  try {
    return Object.keys(await metric.begin({ classes: ['a', 'b'] }).end());
  } catch {
    return [];
  }
};

/** What trials are measured by. Errors: `sweep` where the config's metrics have no such number and no goal is given. */
const measuringOf = async (
  { config, registry }: SweptConfig,
  { measure, goal, at }: SweepOptions,
): Promise<Measuring & { readonly unit?: string }> => {
  const informed = registry.provide([provide(LOG, () => undefined), provide(SEED, seedOf(config.seed))]);
  const known: string[] = [];
  for (const spec of config.metrics) {
    const metric = informed.make(METRIC, spec);
    const names = await namesOf(metric);
    const name = measure ?? names[0];
    if (name !== undefined && names.includes(name)) {
      const unit = metric.units?.[name];
      return { measure: name, goal: goal ?? metric.goal, at, ...(unit !== undefined && { unit }) };
    }
    known.push(...names);
  }
  if (measure !== undefined && goal !== undefined) return { measure, goal, at };
  return refuse(
    `No metric of the config has a number ${measure ?? 'to measure by'}. Known: ${listed(known, 120)}. Give one of them as --measure; ` +
      'of an evaluator’s number say --goal too, max or min.',
  );
};

const checkSplits = ({ config, file }: SweptConfig): void => {
  if (config.selectOn === 'test')
    refuse(
      `${file}: "selectOn" is "test", and a sweep chooses on validation images. Add --set selectOn=validation.`,
    );
};

/** Whether there are images to choose by, and those that are to be told. */
const checkImages = ({ name, validation, test }: Dataset, isTested: boolean): void => {
  if (validation.length === 0)
    refuse(
      `${name} has no validation images, by which a sweep chooses. Give the dataset some: --set dataset.validation=0.1`,
    );
  if (isTested && test.length === 0)
    refuse(`${name} has no test images to tell. Leave --test out, or give the dataset some.`);
};

interface Settled {
  readonly swept: SweptConfig;
  readonly choices: readonly Choice[];
  /** Backbones that are searched have the first layers that suit the data, as the config's own has. */
  readonly space: Space;
}

/** What the config leaves to its data is settled once, for all trials. */
const settled = async (
  checked: SweptConfig,
  searched: Space,
  isTested: boolean,
  listeners: Pick<Listeners, 'say' | 'onProgress'>,
): Promise<Settled> => {
  const { dataset, choices, ...suited } = await openSuited(checked, listeners);
  await dataset.close?.();
  checkImages(dataset, isTested);
  const { config, registry } = suited;
  const suitedTo = (backbone: unknown): unknown =>
    suitStem({ ...config, backbone: backbone as Spec }, { registry, dataset }).config.backbone;
  const space = searched.map((dimension) =>
    isListed(dimension) && dimension.key === 'backbone'
      ? { ...dimension, values: dimension.values.map(suitedTo) }
      : dimension,
  );
  return { swept: { ...suited, file: checked.file }, choices, space };
};

/**
 * Reads a config and where to search around it, and checks every combination that can be known; then the dataset is opened, to settle
 * what the config leaves to it. Nothing is trained. Errors: `config`, `sweep`, those of the dataset.
 */
export const openSweep = async (
  file: string,
  options: SweepOptions,
  listeners: Pick<Listeners, 'say' | 'onProgress'> = { say: () => undefined },
): Promise<OpenedSweep> => {
  const read: SweptConfig = { ...(await openConfig(file, options.set)), file: path.relative('.', file) };
  checkSplits(read);
  const searched = readSpace(options.over);
  const trials = trialsOf(options, searched);
  checkSpace(read, searched);
  const { unit, ...measuring } = await measuringOf(read, options);
  const { swept, choices, space } = await settled(read, searched, options.test, listeners);
  const { config } = swept;
  const own = ownPoint(swept, space);
  const plan = { space, search: options.search, seed: config.seed, ...(own && { own }) };
  for (const point of plannedPoints(plan, trials)) trialConfig(swept, space, point);
  const grace = options.grace ?? Math.max(1, Math.floor(config.epochs / 4));
  const { search, seeds, stop, test, jobs } = options;
  const settings = {
    config,
    over: space,
    search,
    trials,
    seeds,
    ...measuring,
    stop,
    grace,
    test,
    apart: jobs,
  };
  return { swept, plan, settings, choices, ...(unit !== undefined && { unit }) };
};
