import { describe, expect, it } from 'vitest';
import { standingsOf } from './standing.ts';
import { sweepNotes } from './sweepNotes.ts';
import type { SweepSettings } from './sweepFile.ts';
import { parseConfig } from '@understory/config';
import type { Trial, TrialState } from './trial.ts';

const trial = (
  rate: number,
  state: TrialState,
  values: readonly (number | undefined)[],
  epochs = 5,
): Trial => ({
  values: { rate },
  state,
  runs: values.map((value, seed) => ({
    ...{ name: `r${rate}-seed${seed}`, seed, epochs: 5, seconds: 10, measured: 'a' },
    curve: Array.from({ length: epochs }, () => 0.3),
    ...(value !== undefined && { value }),
  })),
});

const trials = [
  trial(1, 'failed', []),
  trial(2, 'ended', [0.5, 0.52, 0.51]),
  trial(3, 'stopped', [undefined], 2),
  trial(4, 'ended', [0.6, 0.63, 0.61]),
  trial(5, 'stopped', [undefined], 4),
  trial(6, 'ended', [NaN, 0.9, 0.9]),
];

describe('the standings', () => {
  it('put the best mean first; after those that ended those that were stopped, the late ones first; failures last', () => {
    const order = standingsOf(trials, { goal: 'max' }).map(({ number }) => number);
    expect(order).toEqual([4, 2, 6, 5, 3, 1]);
    expect(standingsOf(trials, { goal: 'min' }).map(({ number }) => number)).toEqual([2, 4, 6, 5, 3, 1]);
  });

  it('tell the difference from the best seed by seed, and whether the values are the config’s own', () => {
    const [, second] = standingsOf(trials, { goal: 'max', own: { rate: 2 } });
    expect(second).toMatchObject({ own: true, stands: true, toBest: { seeds: 3, verdict: 'below' } });
    expect(second?.toBest?.mean).toBeCloseTo(-10.333, 3);
  });
});

describe('the notes', () => {
  const settings: SweepSettings = {
    config: parseConfig({ dataset: 'emoji' }),
    over: [{ key: 'rate', values: [1, 2, 3, 4, 5, 6] }],
    ...{ search: 'grid', trials: 6, seeds: 3, measure: 'accuracy', goal: 'max', at: 'last' },
    ...{ stop: 'median', grace: 1, test: false, apart: 1 },
  };
  const notes = (some: readonly Trial[], change: Partial<SweepSettings> = {}): string =>
    sweepNotes({ settings: { ...settings, ...change }, standings: standingsOf(some, { goal: 'max' }) }).join(
      '\n',
    );

  it('say that the test images were left aside, and that the best was chosen by these numbers', () => {
    expect(notes(trials)).toMatch(
      /test images were left aside.*Trial 4 against trial 2, accuracy \(last\): 10\.33/s,
    );
    expect(notes(trials)).toMatch(/best of 3 was chosen by these very numbers/);
    expect(notes(trials, { test: true })).toMatch(/Test images were looked at/);
  });

  it('say of one seed that it cannot tell chance', () => {
    const ones = trials.map((one) => ({ ...one, runs: one.runs.slice(0, 1) }));
    expect(notes(ones, { seeds: 1 })).toMatch(/One seed each.*--seeds 3/);
  });

  it('say where trials were measured on other images', () => {
    const [a, b] = [trials[1]!, trials[3]!];
    const other = { ...b, runs: b.runs.map((run) => ({ ...run, measured: 'b' })) };
    expect(notes([a, other])).toMatch(/other validation images/);
    expect(notes([a, b])).not.toMatch(/other validation images/);
  });
});
