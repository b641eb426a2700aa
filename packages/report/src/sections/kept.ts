import type { KeptSeeds } from '../input.ts';
import type { Model } from '../model.ts';
import { percent } from '../page/format.ts';
import { html, type Html } from '../page/markup.ts';
import { marker } from '../page/marker.ts';
import { methodClass } from '../page/palette.ts';
import { rowChart } from '../page/rowChart.ts';
import { extent } from '../page/scale.ts';
import { legend, type Section } from '../page/section.ts';
import { table } from '../page/table.ts';

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** A row of marks for each method, one a seed, with a line at their mean. */
const marks = ({ methods, seeds }: KeptSeeds): Html =>
  rowChart({
    caption: 'Accuracy after the last epoch: a mark for each seed, a line at their mean',
    label: methods.map(({ label, accuracy }) => `${label} ${percent(mean(accuracy))}`).join(', '),
    extent: extent(methods.flatMap(({ accuracy }) => accuracy)),
    rows: methods.map(({ label, accuracy }, i) => (x, y) => {
      const middle = mean(accuracy);
      return html`<g class="${methodClass(i)}">
        <path class="line" d="M${x(middle).toFixed(1)} ${y - 10}V${y + 10}" />
        ${accuracy.map((value) => marker(i, x(value), y, 4))}
        <title>${label}: ${percent(middle)} on average over ${seeds.length} seeds</title>
      </g>`;
    }),
  });

const numbers = ({ methods, seeds }: KeptSeeds): Html =>
  html`<details>
    <summary>Numbers</summary>
    ${table({
      label: 'Accuracy of each seed',
      columns: [...seeds.map((seed) => `seed ${seed}`), 'mean'],
      rows: methods.map(({ label, accuracy }) => ({
        head: label,
        cells: [...accuracy, mean(accuracy)].map((value) => percent(value, 2)),
      })),
    })}
  </details>`;

/** What seeds that were trained beforehand say of the methods. */
export const kept = ({ input: { kept: given } }: Model): Section | undefined =>
  given && {
    id: 'seeds',
    short: 'Seeds',
    title: 'Beyond one seed',
    lead: html`The runs of this page are one seed each, and another seed can turn the order round. Seeds
    ${given.seeds.join(', ')} were trained beforehand (${given.machine}). Differences are taken seed by seed,
    with their 95 % interval.`,
    body: html`<div class="aside">
        <div>${marks(given)} ${legend(given.methods.map((method, index) => ({ method, index })))}</div>
        <div>${given.differences.map((sentence) => html`<p class="note">${sentence}</p>`)}</div>
      </div>
      ${numbers(given)}`,
  };
