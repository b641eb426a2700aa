import { counted } from '@understory/core';
import { differenceSentences } from '../tables/differenceSentences.ts';
import type { OpenedSweep } from './openSweep.ts';
import { countStates, gapsTo, scaleOf, standingsOf, type Standing } from './standing.ts';
import type { Sweep, SweepSettings } from './sweepFile.ts';
import type { Trial } from './trial.ts';

/** A sweep in its order, the best trial first, and what its measure is counted in. */
export interface SweepStory {
  readonly settings: SweepSettings;
  readonly standings: readonly Standing[];
  /** Unit of the measure; a fraction where nothing is said. */
  readonly unit?: string;
}

/** A sweep as it stands. */
export const storyOf = (
  sweep: Sweep,
  { plan: { own }, unit }: Pick<OpenedSweep, 'plan' | 'unit'>,
): SweepStory => {
  const inUnit = unit === undefined ? {} : { unit };
  const standings = standingsOf(sweep.tried, { goal: sweep.goal, ...(own && { own }), ...inUnit });
  return { settings: sweep, standings, ...inUnit };
};

const RULES = { none: '', median: 'the median rule', asha: 'successive halving' };

/** How many trials there are, and what became of them, in a sentence. */
export const summaryOf = ({ settings, standings }: SweepStory): string => {
  const { search, seeds, stop, grace, trials } = settings;
  const { ended, stopped, failed } = countStates(standings.map(({ trial }) => trial));
  const left = trials - ended - stopped - failed;
  const rule =
    stop === 'none'
      ? 'none is stopped early'
      : `${stopped} stopped early (${RULES[stop]}, from ${counted(grace, 'epoch')} on)`;
  const parts = [
    `${ended} at their end`,
    rule,
    `${failed} failed`,
    ...(left > 0 ? [`${left} still to come`] : []),
  ];
  return `${counted(trials, 'trial')} by ${search} search, ${counted(seeds, 'seed')} each: ${parts.join(', ')}.`;
};

const chosenBy = ({ settings: { measure, goal, at, test } }: SweepStory): string => {
  const which = at === 'last' ? 'after the last epoch' : 'of the best epoch';
  const looked = test
    ? 'Test images were looked at, since that was asked for; nothing was chosen by them.'
    : 'The test images were left aside: no number of theirs was looked at.';
  return `Chosen by ${measure} (${goal === 'max' ? 'more' : 'less'} is better) on validation images ${which}. ${looked}`;
};

const ended = ({ standings }: SweepStory): readonly Standing[] =>
  standings.filter(({ trial }) => trial.state === 'ended');

/** The best trial against the next, and against the config's own values. */
const leads = (story: SweepStory): string[] => {
  const [best, ...others] = ended(story);
  if (!best) return [];
  const { settings, unit } = story;
  const { measure, at } = settings;
  const rivals = others.filter(({ own }, i) => i === 0 || own);
  const named = rivals.map(({ number, trial, own }) => ({
    name: `Trial ${best.number} against trial ${number}${own ? ' (the config’s own values)' : ''}, ${measure} (${at})`,
    gaps: gapsTo(trial, best.trial).map((gap) => scaleOf(unit) * gap),
  }));
  return differenceSentences(named, unit ?? 'points');
};

const caution = (story: SweepStory): string[] => {
  const count = ended(story).length;
  if (count < 2) return [];
  const { seeds } = story.settings;
  const chance =
    seeds === 1
      ? 'One seed each: no one can tell whether chance makes these differences. With --seeds 3 they have intervals. '
      : '';
  return [
    `${chance}The best of ${count} was chosen by these very numbers, so its lead is too large on average: train it with seeds ` +
      'that the sweep has not seen before it is believed.',
  ];
};

/** Whether trials of one seed were measured on different images. */
const differsIn = (trials: readonly Trial[], seed: number): boolean =>
  new Set(trials.flatMap(({ runs }) => runs.filter((run) => run.seed === seed).map((run) => run.measured)))
    .size > 1;

const otherImages = ({ standings, settings: { config, seeds } }: SweepStory): string[] => {
  const trials = standings.map(({ trial }) => trial);
  const differ = Array.from({ length: seeds }, (_, i) => config.seed + i).some((seed) =>
    differsIn(trials, seed),
  );
  return differ
    ? [
        'Some trials were measured on other validation images than others: a key that is searched changes them. Their numbers do not compare.',
      ]
    : [];
};

/** What has to be said beside a sweep's table: how trials were chosen, and how sure the order is. A paragraph each. */
export const sweepNotes = (story: SweepStory): string[] => [
  chosenBy(story),
  ...otherImages(story),
  ...leads(story),
  ...caution(story),
];
