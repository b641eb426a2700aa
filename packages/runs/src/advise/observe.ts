import type { ExperimentConfig } from '@understory/config';
import {
  callbacks,
  uniqueNames,
  UnderstoryError,
  type Dataset,
  type EpochEvent,
  type Named,
  type Registry,
  type Reporter,
  type Runner,
} from '@understory/core';
import type { Listeners } from '../listeners.ts';
import { runExperiment } from '../run/runExperiment.ts';

/** What short runs are made with. */
export interface ObserveRequest extends Pick<Listeners, 'say'> {
  readonly registry: Registry;
  readonly runner: Runner;
  readonly folder: string;
  readonly runs: string;
  readonly dataset: Dataset;
  readonly signal?: AbortSignal;
  readonly reporters: (name: string) => readonly Reporter[];
}

/** What an epoch's end told: the lens's numbers of each tap, and its own terms. */
export type Look = Pick<EpochEvent, 'epoch' | 'metrics' | 'terms'>;

/** What a short run showed. */
export interface Observed {
  /** Shallow to deep. */
  readonly taps: readonly string[];
  readonly looks: readonly Look[];
  /** Names of the config's objectives in terms, in their order. */
  readonly objectives: readonly string[];
  readonly seconds: number;
}

/** Trains a config with the lens on it, in a run folder of its own. Errors: `aborted` where it was interrupted. */
export const observe = async (config: ExperimentConfig, request: ObserveRequest): Promise<Observed> => {
  const looks: Look[] = [];
  const { reporters, ...shared } = request;
  const finished = await runExperiment({
    ...{ ...shared, config },
    reporters: [callbacks({ epoch: (event) => void looks.push(event) }), ...reporters(config.name)],
  });
  const { training, experiment, done, run } = finished;
  try {
    if (done.aborted)
      throw new UnderstoryError('aborted', `Stopped. What was seen until then is in ${run.folder}.`);
    return {
      taps: training.network.backbone.taps.map(({ name }) => name),
      looks,
      objectives: uniqueNames(experiment.objectives.map(({ name }) => name)),
      seconds: done.seconds,
    };
  } finally {
    training.dispose();
  }
};

/** The tap that an objective's term is named after: `stage1` of `contrastive-deep-supervision/stage1/unlabelled`. */
const tapOfTerm = (term: string, objective: string, taps: readonly string[]): string | undefined => {
  if (!term.startsWith(`${objective}/`)) return undefined;
  const [name = ''] = term.slice(objective.length + 1).split('/');
  return taps.includes(name) ? name : undefined;
};

/** Taps that each objective has terms of, in the config's order. */
export const supervisedTaps = ({ objectives, taps, looks }: Observed): readonly (readonly string[])[] => {
  const terms = Object.keys(looks[0]?.terms ?? {});
  return objectives.map((objective) => {
    const found = new Set(terms.flatMap((term) => tapOfTerm(term, objective, taps) ?? []));
    return taps.filter((tap) => found.has(tap));
  });
};

/** Sum of a tap's terms, not weighted, after each epoch. */
export const termsOfTap = ({ objectives, taps, looks }: Observed, tap: string): number[] =>
  looks.map(({ terms }: { readonly terms: Named<number> }) =>
    Object.entries(terms)
      .filter(([term]) => objectives.some((objective) => tapOfTerm(term, objective, taps) === tap))
      .reduce((sum, [, value]) => sum + value, 0),
  );
