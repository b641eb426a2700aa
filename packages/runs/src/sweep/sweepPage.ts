import { readSpec, shown } from '@understory/core';
import type { SweepAxis, SweepInput, SweepTrial, SweepValue } from '@understory/report';
import { writeAtomic } from '@understory/tracking/node';
import { sameSettings } from '../run/settings.ts';
import { differenceText, mean } from '../tables/statistics.ts';
import type { OpenedSweep } from './openSweep.ts';
import { changesOf } from './changesOf.ts';
import { isListed, type Dimension, type Point } from './space.ts';
import type { Standing } from './standing.ts';
import type { Sweep } from './sweepFile.ts';
import { storyOf, summaryOf, sweepNotes } from './sweepNotes.ts';

/** A value as people read it: a plugin by its name, with its options. */
export const valueText = (value: unknown): string => {
  if (typeof value === 'string') return value;
  const [name, options] = Array.isArray(value) && value.length === 2 ? (readSpec(value) ?? []) : [];
  return name === undefined ? shown(value) : `${name} ${shown(options)}`;
};

const axisOf = (dimension: Dimension): SweepAxis => {
  const { key } = dimension;
  if (isListed(dimension)) return { key, values: dimension.values.map(valueText) };
  const { from, to, log } = dimension;
  return { key, range: { from, to, log } };
};

const placeOf = (dimension: Dimension, values: Point): SweepValue => {
  const value = values[dimension.key];
  const at = isListed(dimension)
    ? dimension.values.findIndex((one) => sameSettings(one, value))
    : Number(value);
  return { text: valueText(value), at };
};

/** What is to be said of a trial that did not simply end. */
export const trialNote = ({ trial: { state, runs, reason } }: Standing): string | undefined => {
  const last = runs.at(-1);
  if (state === 'failed') return `failed: ${reason ?? 'no reason is kept'}`;
  if (state === 'begun') return 'not at its end';
  return state === 'stopped' && last
    ? `stopped after epoch ${last.curve.length} of ${last.epochs}, seed ${last.seed}`
    : undefined;
};

const trialOf = (standing: Standing, { over }: Sweep): SweepTrial => {
  const { number, trial, own, deviation, toBest, stands } = standing;
  const tests = trial.runs.flatMap(({ test }) => test ?? []);
  const note = trialNote(standing);
  return {
    ...{ number, own, state: trial.state },
    values: over.map((dimension) => placeOf(dimension, trial.values)),
    ...(Number.isFinite(standing.mean) && { value: standing.mean }),
    ...(deviation !== undefined && { deviation }),
    ...(toBest && { toBest: `${differenceText(toBest)}${stands ? ' *' : ''}` }),
    ...(tests.length > 0 && { test: mean(tests) }),
    ...(note !== undefined && { note }),
    seconds: trial.runs.reduce((sum, { seconds }) => sum + seconds, 0),
  };
};

/** Commands that a page tells. */
export interface SweepCommands {
  /** The one that does the sweep again. */
  readonly command: string;
  /** The one that trains the config with changes, `key=value`. */
  readonly train: (changes: readonly string[]) => string;
}

interface PageRequest extends Pick<OpenedSweep, 'plan' | 'unit' | 'choices'>, SweepCommands {}

/** What the page of a sweep shows. */
const sweepInput = (sweep: Sweep, { command, train, ...opened }: PageRequest): SweepInput => {
  const story = storyOf(sweep, opened);
  const { standings, unit } = story;
  const [dataset = ''] = readSpec(sweep.config.dataset) ?? [];
  const [best] = standings;
  const commands = [
    { does: 'The sweep, which goes on where it was stopped', command },
    ...(best?.trial.state === 'ended'
      ? [
          {
            does: 'The best trial, with a seed that the sweep has not seen',
            command: train(changesOf(sweep, best.trial, opened.choices)),
          },
        ]
      : []),
  ];
  return {
    ...{ title: `Sweep of ${sweep.config.name}`, date: new Date().toISOString(), dataset, commands },
    measure: { name: sweep.measure, goal: sweep.goal, ...(unit !== undefined && { unit }) },
    axes: sweep.over.map(axisOf),
    trials: standings.map((standing) => trialOf(standing, sweep)),
    summary: summaryOf(story),
    notes: sweepNotes(story),
  };
};

/** Writes the page of a sweep as it stands. */
export const writeSweepPage = async (file: string, sweep: Sweep, request: PageRequest): Promise<void> => {
  const { buildSweepPage } = await import('@understory/report/node');
  await writeAtomic(file, buildSweepPage(sweepInput(sweep, request)));
};
