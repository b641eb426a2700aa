import { propose, type Plan } from './propose.ts';
import { ranked } from './standing.ts';
import { barsOf, type Bars, type Curve } from './stopping.ts';
import type { Sweep } from './sweepFile.ts';
import type { TrialRequest } from './trainTrial.ts';
import { signOf, type Trial } from './trial.ts';

/** Whether trials are decided by what others came to. */
export const learns = ({ search, stop }: Sweep): boolean => search === 'tpe' || stop !== 'none';

/** Trials whose results decide a trial: those that are far enough before it. */
const deciding = (sweep: Sweep, index: number): readonly Trial[] =>
  sweep.tried.slice(0, Math.max(0, index + 1 - sweep.apart));

/** Bars for each seed of a trial, from runs of the same seed. */
export const barsFor = (sweep: Sweep, index: number, epochs: number): TrialRequest['seeds'] => {
  const sign = signOf(sweep);
  const earlier = deciding(sweep, index).flatMap(({ runs }) => runs);
  return Array.from({ length: sweep.seeds }, (_, offset) => {
    const seed = sweep.config.seed + offset;
    const curves = earlier
      .filter((run) => run.seed === seed)
      .map(({ curve }): Curve => curve.map((value) => sign * value));
    const bars: Bars = barsOf(sweep, epochs, curves);
    return { seed, bars };
  });
};

/** The values of the next trial. Those that are under way, whose results do not count yet, are thought to be poor. */
export const nextPoint = (sweep: Sweep, plan: Plan, index: number): Trial['values'] => {
  const known = deciding(sweep, index);
  const before = sweep.tried.slice(0, index);
  const order = [...ranked(known, sweep.goal), ...before.slice(known.length)];
  const hasResults = known.some(({ state }) => state === 'ended' || state === 'stopped');
  const learnt = hasResults ? order.map(({ values }) => values) : [];
  return propose(
    plan,
    before.map(({ values }) => values),
    learnt,
  );
};
