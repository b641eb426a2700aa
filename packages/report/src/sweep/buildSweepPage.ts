import { capital, duration } from '../page/format.ts';
import { html, json, type Content, type Html } from '../page/markup.ts';
import { page } from '../page/page.ts';
import type { Section } from '../page/section.ts';
import { table } from '../page/table.ts';
import { measureText } from './axes.ts';
import type { SweepInput, SweepTrial } from './input.ts';
import { SWEEP_SCRIPT, SWEEP_STYLE } from './look.ts';
import { parallelCoordinates } from './parallel.ts';
import { scatters } from './scatters.ts';

const STATES: Readonly<Record<SweepTrial['state'], string>> = {
  begun: 'under way',
  ended: 'at its end',
  stopped: 'stopped early',
  failed: 'failed',
};

const titleOf = ({ number, own }: SweepTrial): string =>
  `Trial ${number}${own ? ', the config’s own values' : ''}`;

const reachedText = ({ value, deviation }: SweepTrial, { measure }: SweepInput): string => {
  if (value === undefined) return '–';
  const spread = deviation === undefined ? '' : ` ± ${measureText(deviation, measure)}`;
  return `${measureText(value, measure)}${spread}`;
};

/** What the page's script tells of a trial that is picked out. */
const tips = (input: SweepInput): Html =>
  json(
    input.trials.map((trial) => ({
      number: trial.number,
      title: titleOf(trial),
      rows: [
        ...input.axes.map(({ key }, i) => [key, trial.values[i]?.text ?? '']),
        [input.measure.name, reachedText(trial, input)],
        ...(trial.state === 'ended' ? [] : [['', STATES[trial.state]]]),
      ],
    })),
  );

const swatch = (shade: string, text: string): Html =>
  html`<span
    ><svg viewBox="0 0 30 10" aria-hidden="true"><path class="trial ${shade}" d="M1 5H29" /></svg
    >${text}</span
  >`;

const legend = ({ trials }: SweepInput): Html => {
  const has = (state: SweepTrial['state']): boolean => trials.some((trial) => trial.state === state);
  return html`<p class="shades">
    ${swatch('t5 best', 'the best')} ${swatch('t3', 'better')} ${swatch('t0', 'worse')}
    ${has('stopped') ? swatch('t0 dashed', 'stopped early, at what it had reached') : undefined}
    ${has('failed') || has('begun') ? swatch('none', 'failed, or not at its end') : undefined}
  </p>`;
};

const drawings = (input: SweepInput): Section => ({
  id: 'keys',
  short: 'Keys',
  title: 'Which values go with which result',
  lead:
    'Each line is a trial: it crosses every key at the value that it had, and ends at what it reached. ' +
    'A pointer or the arrow keys pick one out in all drawings. Below, the same for each key by itself.',
  body: html`<div class="sweep">
    <script type="application/json">
      ${tips(input)}
    </script>
    ${legend(input)} ${parallelCoordinates(input)} ${scatters(input)}
  </div>`,
});

const columnsOf = ({ axes, measure, trials }: SweepInput) => ({
  hasGap: trials.some(({ toBest }) => toBest !== undefined),
  hasTest: trials.some(({ test }) => test !== undefined),
  names: [...axes.map(({ key }) => key), `${measure.name}, validation`],
});

const trialTable = (input: SweepInput): Section => {
  const { hasGap, hasTest, names } = columnsOf(input);
  const row = (trial: SweepTrial): { head: Content; cells: Content[] } => ({
    head: [titleOf(trial), trial.note === undefined ? undefined : html`<small>${trial.note}</small>`],
    cells: [
      ...trial.values.map(({ text }) => text),
      reachedText(trial, input),
      ...(hasGap ? [trial.toBest ?? '–'] : []),
      ...(hasTest ? [trial.test === undefined ? '–' : measureText(trial.test, input.measure)] : []),
      duration(trial.seconds),
    ],
  });
  return {
    id: 'trials',
    short: 'Trials',
    title: 'All trials, the best first',
    body: table({
      label: 'All trials',
      columns: [...names, ...(hasGap ? ['from the best'] : []), ...(hasTest ? ['test'] : []), 'time'],
      rows: input.trials.map(row),
    }),
  };
};

const notesOf = ({ notes }: SweepInput): Section => ({
  id: 'sure',
  short: 'How sure',
  title: 'How sure this is',
  body: notes.map((note) => html`<p class="note">${note}</p>`),
});

const again = ({ commands }: SweepInput): Section => ({
  id: 'again',
  short: 'Again',
  title: 'To go on from here',
  body: commands.map(
    ({ does, command }) =>
      html`<h3>${does}</h3>
        <pre><code>${command}</code></pre>`,
  ),
});

const headline = (input: SweepInput): string => {
  const [best] = input.trials;
  const { measure, axes } = input;
  if (best?.value === undefined || best.state !== 'ended') return 'No trial is at its end yet';
  const values = axes.map(({ key }, i) => `${key} ${best.values[i]?.text ?? ''}`).join(', ');
  return `${capital(measure.name)} ${measureText(best.value, measure)} on validation images with ${values}`;
};

/**
 * A sweep as one HTML file that asks for nothing else: parallel coordinates, the measure over each key, and all trials. The
 * same input gives the same page.
 */
export const buildSweepPage = (input: SweepInput): string =>
  page({
    title: input.title,
    date: input.date,
    dataset: input.dataset,
    headline: headline(input),
    standfirst: input.summary,
    sections: [
      ...(input.trials.length > 0 ? [drawings(input), trialTable(input)] : []),
      notesOf(input),
      again(input),
    ],
    style: SWEEP_STYLE,
    script: SWEEP_SCRIPT,
  });
