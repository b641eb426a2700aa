import type { ExperimentConfig } from '@understory/config';
import {
  DATASET,
  readSpec,
  seedOf,
  type Registry,
  type Reporter,
  type Runner,
  type Spec,
} from '@understory/core';
import type { Listeners } from '../listeners.ts';
import type { Evidence, Pair } from './evidence.ts';
import { observe, supervisedTaps, type ObserveRequest, type Observed } from './observe.ts';
import { proposalOf, type Proposal } from './proposal.ts';
import { shortData } from './shortData.ts';
import { factorOf, verdictOf, type Verdict } from './verdict.ts';

export interface AdviseRequest extends Pick<Listeners, 'say' | 'onProgress'> {
  readonly config: ExperimentConfig;
  readonly registry: Registry;
  readonly runner: Runner;
  /** Where the config's relative paths count from. */
  readonly folder: string;
  /** Where run folders are made. */
  readonly runs: string;
  /** Of each short run. */
  readonly epochs: number;
  /** Training images, at most. */
  readonly limit: number;
  /** How often it is trained, each time from another seed. */
  readonly seeds: number;
  readonly signal?: AbortSignal;
  /** Those of a run, by its name. */
  readonly reporters?: (name: string) => readonly Reporter[];
}

export interface TapAdvice extends Evidence {
  readonly verdict: Verdict;
  /** By which its weight is multiplied; undefined where it is left out. */
  readonly factor: number | undefined;
}

/** What short runs say of a config's losses on stages. */
export interface Advice extends Proposal {
  /** Shallow to deep; those with losses of their own. */
  readonly taps: readonly TapAdvice[];
  /** Whether the config had no loss on any stage, so that contrastive deep supervision was tried on all. */
  readonly tried: boolean;
  /** Whether it was compared with the same without the stages' losses. */
  readonly compared: boolean;
  readonly images: { readonly train: number; readonly measured: number };
  readonly seeds: number;
  readonly epochs: number;
  readonly seconds: number;
}

const LENS = ['knn', 'gradient'];

/** A warm-up keeps its share of the run. */
const shorterWarmup = ({ schedule, epochs: whole }: ExperimentConfig, epochs: number): Spec => {
  const [name, options] = readSpec(schedule) ?? [];
  const warmupEpochs = options?.['warmupEpochs'];
  return name !== undefined && typeof warmupEpochs === 'number'
    ? [name, { ...options, warmupEpochs: (warmupEpochs * epochs) / whole }]
    : schedule;
};

/** A config for a short run with the lens on it. */
const shortened = (
  config: ExperimentConfig,
  { epochs }: AdviseRequest,
  offset: number,
): ExperimentConfig => ({
  ...config,
  ...{ epochs, seed: config.seed + offset, selectOn: 'validation', reporters: [], sections: [] },
  schedule: shorterWarmup(config, epochs),
  evaluators: [['depth-lens', { every: 1, images: 1000, measures: LENS }]],
});

const withObjectives = (
  config: ExperimentConfig,
  objectives: readonly Spec[],
  name: string,
): ExperimentConfig => ({
  ...config,
  objectives,
  name: `${config.name.slice(0, 80)}-${name}`,
});

const TRIED: Spec = 'contrastive-deep-supervision';

/** The config with the lens on it, once with the stages' losses and once without, from one seed. */
const pairOf = async (
  config: ExperimentConfig,
  request: ObserveRequest,
): Promise<Pair & { readonly objectives: readonly Spec[] }> => {
  const first = await observe(withObjectives(config, config.objectives, 'advise'), request);
  const without = (observed: Observed): readonly Spec[] => {
    const supervised = supervisedTaps(observed);
    return config.objectives.filter((_, i) => supervised[i]?.length === 0);
  };
  const rest = without(first);
  if (rest.length === config.objectives.length) {
    const objectives = [...config.objectives, TRIED];
    const supervised = await observe(withObjectives(config, objectives, 'advise-cds'), request);
    return { supervised, plain: first, objectives };
  }
  const { objectives } = config;
  if (rest.length === 0) return { supervised: first, objectives };
  const plain = await observe(withObjectives(config, rest, 'advise-plain'), request);
  return { supervised: first, plain, objectives };
};

/**
 * Trains a config shortly with the depth lens on it, with its losses on stages and without them, and says which stages they
 * help. A config without any is tried with contrastive deep supervision on all stages. Errors: `empty-split` without
 * validation images, `aborted`.
 */
export const adviseConfig = async (request: AdviseRequest): Promise<Advice> => {
  const { config, registry, seeds, limit, epochs, onProgress, reporters = () => [] } = request;
  const { runner, folder, runs, say, signal } = request;
  const open = registry.make(DATASET, config.dataset);
  const seed = seedOf(config.seed).at('dataset');
  const whole = await open({ seed, ...(onProgress && { progress: onProgress }) });
  const dataset = shortData(whole, limit);
  const shared = { registry, runner, folder, runs, say, dataset, reporters, ...(signal && { signal }) };
  try {
    const first = await pairOf(shortened(config, request, 0), shared);
    const pairs: [Pair, ...Pair[]] = [first];
    const told = { ...config, objectives: first.objectives };
    for (let offset = 1; offset < seeds; offset++)
      pairs.push(await pairOf(shortened(told, request, offset), shared));
    const supervised = supervisedTaps(first.supervised);
    const taps = first.supervised.taps.filter((tap) => supervised.some((own) => own.includes(tap)));
    const measured = dataset.validation.length;
    const { evidenceOf } = await import('./evidence.ts');
    const advice = evidenceOf(pairs, taps, measured).map((evidence) => ({
      ...evidence,
      verdict: verdictOf(evidence),
      factor: factorOf(evidence),
    }));
    const factors = new Map(advice.map(({ tap, factor }) => [tap, factor]));
    return {
      ...proposalOf(registry, told, { supervised, factors }),
      ...{ taps: advice, seeds, epochs },
      tried: first.objectives.length > config.objectives.length,
      compared: first.plain !== undefined,
      images: { train: dataset.train.length, measured },
      seconds: pairs.reduce((sum, p) => sum + p.supervised.seconds + (p.plain?.seconds ?? 0), 0),
    };
  } finally {
    await whole.close?.();
  }
};
