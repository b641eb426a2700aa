import { html, numberWords, percent, short, type Content, type Html } from '@understory/report';
import { cut } from '@understory/core';
import type { MachineLoad } from '../runs/machineLoad.ts';
import type { Listed } from '../runs/watchRuns.ts';
import { ACTS, type Act } from '../server/actions.ts';

/** What the page can ask for, where there is somebody who does it. */
export type Can = Readonly<Record<Act, boolean>>;

/** Runs in the list: more would make the page heavy. */
const MOST = 500;

const STATES = {
  running: 'trains',
  done: 'done',
  interrupted: 'stopped',
  crashed: 'crashed',
  damaged: 'damaged',
} as const;

/** A number of a run's metrics: as percent where the run tells no unit of it. */
const metricText = ([name, value]: readonly [string, number], { units }: Listed): Html => {
  const share = units ? !Object.hasOwn(units, name) : /^(accuracy|top-?\d|ece)/i.test(name);
  const text = share ? percent(value) : short(value);
  return html`<span class="metric">${numberWords(name)} <b>${text}</b></span> `;
};

const ago = (ms: number): string => {
  const seconds = Math.max(0, (Date.now() - ms) / 1000);
  if (seconds < 60) return 'just now';
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  return seconds < 86_400
    ? `${Math.round(seconds / 3600)} h ago`
    : `${Math.round(seconds / 86_400)} days ago`;
};

const progress = ({ step, steps, epoch, epochs }: Listed): Content =>
  steps > 0
    ? html`<progress max="${steps}" value="${Math.min(step, steps)}" aria-label="Steps done"></progress
        ><small>epoch ${epoch} of ${epochs}</small>`
    : '–';

const WORDS: Readonly<Record<Act, string>> = { stop: 'Stop', resume: 'Resume' };

const action = ({ id, name, state }: Listed, can: Can): Content => {
  const act = ACTS[state];
  return act && can[act]
    ? html`<button type="button" data-act="${act}" data-run="${id}" aria-label="${WORDS[act]} ${name}">
        ${WORDS[act]}
      </button>`
    : '';
};

/** Characters of an error in the list; what is to be done about it stands in the question before a run goes on. */
const REASON = 120;

const row = (run: Listed, can: Can): Html => {
  const { id, name, state, imagesPerSecond, metrics, lastTold, problem } = run;
  const shown = Object.entries(metrics)
    .filter(([metric]) => !metric.includes('/'))
    .slice(0, 3);
  const error = problem === undefined ? undefined : html`<small>${cut(problem, REASON)}</small>`;
  const told = shown.length > 0 || error ? [shown.map((metric) => metricText(metric, run)), error] : '–';
  const speed = state === 'running' && imagesPerSecond !== undefined ? short(imagesPerSecond) : '–';
  return html`<tr data-name="${name.toLowerCase()}">
    <th scope="row">
      <label><input type="checkbox" value="${id}" /> <span>${name}</span></label>
    </th>
    <td class="state ${state}">${STATES[state]}</td>
    <td>${progress(run)}</td>
    <td class="metrics">${told}</td>
    <td>${speed}</td>
    <td>${ago(lastTold)}</td>
    <td>${action(run, can)}</td>
  </tr>`;
};

const COLUMNS = ['Run', 'State', 'Progress', 'Last numbers', 'Images a second', 'Last told', 'Do'];

/** All runs, a row each. */
export const overview = (runs: readonly Listed[], can: Can): Html => {
  if (runs.length === 0)
    return html`<p class="note">
      There is no run here yet. Start one: <code>understory train config.yaml</code>.
    </p>`;
  const more = runs.length - MOST;
  return html`<div class="scroll runs" tabindex="0" role="group" aria-label="Runs">
      <table class="figures">
        <thead>
          <tr>
            ${COLUMNS.map((column) => html`<th scope="col">${column}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${runs.slice(0, MOST).map((run) => row(run, can))}
        </tbody>
      </table>
    </div>
    ${more > 0 ? html`<p class="note">${more} older runs are not listed.</p>` : undefined}`;
};

const gigabytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);

/** How busy the machine is. */
export const loadText = ({ busy, used, memory }: MachineLoad): string =>
  `This machine: processors ${percent(busy, 0)} busy, ${gigabytes(used)} of ${gigabytes(memory)} GB of memory used.`;
