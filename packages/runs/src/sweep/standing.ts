import { holm, pairedDifference, type PairedDifference } from '@understory/metrics';
import { deviation, mean } from '../tables/statistics.ts';
import { samePoint, type Point } from './space.ts';
import { signOf, type Goal, type Trial, type TrialRun, type TrialState } from './trial.ts';

/** A trial's place among the others. */
export interface Standing {
  /** From 1 on, in the order in which they were begun. */
  readonly number: number;
  readonly trial: Trial;
  /** Mean over its seeds of what counts; of one that was stopped, what its last run had reached. NaN where there is none. */
  readonly mean: number;
  /** Over its seeds; absent of one. */
  readonly deviation?: number;
  /**
   * How far it is from the best, seed by seed: below 0 where it is less; in points of percent where the measure has no unit.
   * Absent of the best, and of trials that did not end.
   */
  readonly toBest?: PairedDifference;
  /** Whether that is beyond chance among all. */
  readonly stands: boolean;
  /** Whether its values are the config's own. */
  readonly own: boolean;
}

const ORDER: Readonly<Record<TrialState, number>> = { ended: 0, stopped: 1, begun: 2, failed: 3 };

const lastOf = ({ curve }: TrialRun): number => curve.at(-1) ?? NaN;

/** What counts of a run; of one that was stopped, what it had reached. */
const valueOf = (run: TrialRun): number => run.value ?? lastOf(run);

const valuesOf = ({ state, runs }: Trial): number[] => {
  if (state === 'ended') return runs.map(valueOf);
  return state === 'stopped' ? runs.slice(-1).map(valueOf) : [];
};

/** Epochs that a trial's last run had: of stopped trials, one that came further is better. */
const reachOf = ({ runs }: Trial): number => runs.length + (runs.at(-1)?.curve.length ?? 0) / 1e6;

const meanOf = (trial: Trial): number => {
  const values = valuesOf(trial);
  return values.length > 0 ? mean(values) : NaN;
};

/** A comparison that puts the better trial first: those that ended, then those that were stopped, the late ones first. */
const better =
  (goal: Goal) =>
  (a: Trial, b: Trial): number => {
    const [of, and] = [a, b].map((trial) => signOf({ goal }) * meanOf(trial));
    const value = (one: number | undefined): number =>
      one === undefined || Number.isNaN(one) ? -Infinity : one;
    const far = a.state === 'stopped' ? reachOf(b) - reachOf(a) : 0;
    return ORDER[a.state] - ORDER[b.state] || far || (value(of) === value(and) ? 0 : value(and) - value(of));
  };

/** Trials, the best first; those that are level stay in their order. */
export const ranked = (trials: readonly Trial[], goal: Goal): Trial[] => [...trials].sort(better(goal));

/** By how much a trial is above another, seed by seed, of seeds that both have. */
export const gapsTo = (best: Trial, { runs }: Trial): number[] =>
  runs.flatMap((run) => {
    const other = best.runs.find(({ seed }) => seed === run.seed);
    const gap = other ? valueOf(run) - valueOf(other) : NaN;
    return Number.isFinite(gap) ? [gap] : [];
  });

/** By what numbers of a measure are multiplied when they are told. */
export const scaleOf = (unit: string | undefined): number => (unit === undefined ? 100 : 1);

interface Order {
  readonly goal: Goal;
  /** The config's own values. */
  readonly own?: Point;
  /** Of the measure; a fraction where nothing is said. */
  readonly unit?: string;
}

/** Every trial in its place, the best first. */
export const standingsOf = (trials: readonly Trial[], { goal, own, unit }: Order): readonly Standing[] => {
  const order = ranked(trials, goal);
  const [best] = order;
  const gaps = order.map((trial, i) => {
    const differences =
      i > 0 && best && trial.state === 'ended' ? gapsTo(best, trial).map((gap) => scaleOf(unit) * gap) : [];
    return differences.length > 0 ? pairedDifference(differences) : undefined;
  });
  const stands = holm(gaps.map((gap) => gap?.p ?? NaN));
  return order.map((trial, i) => {
    const values = valuesOf(trial);
    const toBest = gaps[i];
    return {
      ...{ number: trials.indexOf(trial) + 1, trial, mean: meanOf(trial), stands: stands[i] ?? false },
      ...(values.length > 1 && { deviation: deviation(values) }),
      ...(toBest && { toBest }),
      own: own !== undefined && samePoint(own, trial.values),
    };
  });
};

/** How many trials there are of each state. */
export const countStates = (trials: readonly Trial[]): Readonly<Record<TrialState, number>> => {
  const count = (state: TrialState): number => trials.filter((trial) => trial.state === state).length;
  return { ended: count('ended'), stopped: count('stopped'), begun: count('begun'), failed: count('failed') };
};
