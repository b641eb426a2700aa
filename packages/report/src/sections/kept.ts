import type { KeptSeeds } from '../input.ts';
import type { Model } from '../model.ts';
import { percent, percentTick } from '../page/format.ts';
import { html, type Html } from '../page/markup.ts';
import { marker } from '../page/marker.ts';
import { methodClass } from '../page/palette.ts';
import { extent, linear, ticks } from '../page/scale.ts';
import type { Section } from '../page/section.ts';
import { table } from '../page/table.ts';

const WIDTH = 480;
/** Room for the methods' names on the left. */
const NAMES = 150;
const ROW = 30;

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** A row of marks for each method, one a seed, with a line at their mean. */
const marks = ({ methods, seeds }: KeptSeeds): Html => {
  const [low, high] = extent(methods.flatMap(({ accuracy }) => accuracy));
  const range = [Math.max(0, low - 0.005), Math.min(1, high + 0.005)] as const;
  const x = linear(range, [NAMES, WIDTH - 16]);
  const at = (value: number): string => x(value).toFixed(1);
  const bottom = methods.length * ROW + 8;
  const rows = methods.map(({ label, accuracy }, i) => {
    const y = 20 + i * ROW;
    const middle = mean(accuracy);
    return html`<g class="${methodClass(i)}">
      <text class="end" x="0" y="${y + 4}">${label}</text>
      <path class="line" d="M${at(middle)} ${y - 11}V${y + 11}" />
      ${accuracy.map((value) => marker(i, x(value), y, 4))}
      <title>${label}: ${percent(middle)} on average over ${seeds.length} seeds</title>
    </g>`;
  });
  const axis = ticks(range, 4).map(
    (t) =>
      html`<path class="grid" d="M${at(t)} 4V${bottom}" /><text
          x="${at(t)}"
          y="${bottom + 15}"
          text-anchor="middle"
          >${percentTick(t)}</text
        >`,
  );
  return html`<figure class="intervals">
    <figcaption>Accuracy after the last epoch: a mark for each seed, a line at their mean</figcaption>
    <svg
      viewBox="0 0 ${WIDTH} ${bottom + 20}"
      role="img"
      aria-label="${methods.map(({ label, accuracy }) => `${label} ${percent(mean(accuracy))}`).join(', ')}"
    >
      <g class="axis">${axis}</g>
      ${rows}
    </svg>
  </figure>`;
};

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
        ${marks(given)}
        <div>${given.differences.map((sentence) => html`<p class="note">${sentence}</p>`)}</div>
      </div>
      ${numbers(given)}`,
  };
