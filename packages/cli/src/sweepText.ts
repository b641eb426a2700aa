import { cut } from '@understory/core';
import {
  countStates,
  differenceText,
  duration,
  metricText,
  summaryOf,
  sweepNotes,
  trialNote,
  valueText,
} from '@understory/runs';
import type { Standing, SweepStory } from '@understory/runs';
import { fittingTable } from './text.ts';

const meanText = ({ mean, deviation }: Standing, unit: string | undefined): string => {
  if (Number.isNaN(mean)) return '–';
  const [scale, digits, end] = unit === undefined ? [100, 2, ' %'] : [1, 4, ` ${unit}`];
  const shown = (value: number): string => (scale * value).toFixed(digits);
  return `${shown(mean)}${deviation === undefined ? '' : ` ± ${shown(deviation)}`}${end}`;
};

const gapText = ({ toBest, stands }: Standing): string =>
  toBest ? `${differenceText(toBest)}${stands ? ' *' : ''}` : '–';

const testText = ({ trial: { runs } }: Standing, unit: string | undefined): string => {
  const tests = runs.flatMap(({ test }) => test ?? []);
  return tests.length === 0 ? '–' : metricText(tests.reduce((a, b) => a + b, 0) / tests.length, unit);
};

const noteOf = (standing: Standing): string =>
  [standing.own ? 'the config’s own values' : '', cut(trialNote(standing) ?? '', 60)]
    .filter((part) => part !== '')
    .join('; ');

const secondsOf = ({ trial: { runs } }: Standing): number => runs.reduce((sum, run) => sum + run.seconds, 0);

const table = ({ standings, settings, unit }: SweepStory): string => {
  const { over, measure, seeds, test } = settings;
  const header = [
    ...['trial', ...over.map(({ key }) => key), `${measure}, validation`],
    ...(seeds > 1 ? ['from the best'] : []),
    ...(test ? ['test'] : []),
    ...['time', ''],
  ];
  const rows = standings.map((standing) => [
    ...[String(standing.number), ...over.map(({ key }) => valueText(standing.trial.values[key]))],
    meanText(standing, unit),
    ...(seeds > 1 ? [gapText(standing)] : []),
    ...(test ? [testText(standing, unit)] : []),
    ...[duration(secondsOf(standing)), noteOf(standing)],
  ]);
  return fittingTable(header, rows);
};

/** A sweep in a terminal: its trials, the best first, and what is to be said of them. */
export const sweepText = (story: SweepStory): string => {
  const { ended } = countStates(story.standings.map(({ trial }) => trial));
  const key =
    story.settings.seeds > 1 && ended > 1
      ? [
          'From the best: mean of the differences seed by seed, with its 95 % interval; * is beyond chance among all (Holm).',
        ]
      : [];
  return [summaryOf(story), table(story), ...key, ...sweepNotes(story)].join('\n\n');
};
