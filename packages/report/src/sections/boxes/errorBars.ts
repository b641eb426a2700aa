import type { BoxError } from '../../input.ts';
import { percent, whole } from '../../page/format.ts';
import { html, type Content, type Html } from '../../page/markup.ts';
import { methodClass } from '../../page/palette.ts';
import { legend } from '../../page/section.ts';
import type { Detector } from './scores.ts';

/** In the drawing's units: a bar, and the room for its number behind it. */
const LONG = 210;
const HIGH = 15;
const WIDTH = 270;

interface Row {
  readonly name: string;
  readonly about: string;
  readonly counts: readonly (readonly [Detector, number])[];
}

const countOf = (errors: readonly BoxError[], name: string): number =>
  errors.find((error) => error.name === name)?.count ?? 0;

const rowsOf = (detectors: readonly Detector[]): Row[] => {
  const errors = new Map(
    detectors.flatMap((d) => d.boxes.errors.map((error) => [error.name, error] as const)),
  );
  const right: Row = {
    name: 'right',
    about: 'a true box of its class, found',
    counts: detectors.map((d) => [d, d.boxes.right]),
  };
  const wrong = [...errors.values()].map(({ name, about }): Row => ({
    ...{ name, about },
    counts: detectors.map((d) => [d, countOf(d.boxes.errors, name)]),
  }));
  return [right, ...wrong];
};

const bars = ({ name, counts }: Row, most: number): Html => {
  const told = counts.map(([{ method }, count]) => `${method.label} ${whole(count)}`).join(', ');
  const drawn = counts.map(([{ index }, count], i) => {
    const length = Number.isFinite(count) && most > 0 ? LONG * (Math.max(0, count) / most) : 0;
    return html`<g class="${methodClass(index)}"
      ><rect class="amount" y="${i * HIGH + 2}" width="${length.toFixed(1)}" height="${HIGH - 4}" /><text
        x="${(length + 5).toFixed(1)}"
        y="${i * HIGH + 12}"
        >${whole(count)}</text
      ></g
    >`;
  });
  return html`<svg
    class="amounts"
    viewBox="0 0 ${WIDTH} ${counts.length * HIGH}"
    role="img"
    aria-label="${name}: ${told}"
  >
    ${drawn}
  </svg>`;
};

/** From which probability on each method's boxes are counted. */
const counted = (detectors: readonly Detector[]): string => {
  const one = (d: Detector): string => percent(d.boxes.threshold, 0);
  if (new Set(detectors.map(one)).size === 1) return `a probability of ${one(detectors[0]!)}`;
  return `a probability of ${detectors.map((d) => `${one(d)} (${d.method.label})`).join(', ')}`;
};

/** What becomes of the boxes that are said, and how many true ones are missed. */
export const errorBars = (detectors: readonly Detector[]): Content => {
  const rows = rowsOf(detectors);
  const most = Math.max(
    ...rows.flatMap(({ counts }) => counts.map(([, count]) => count)).filter(Number.isFinite),
    0,
  );
  const trueBoxes = [...new Set(detectors.map((d) => whole(d.boxes.boxes)))].join(' or ');
  return [
    html`<h3>What goes wrong</h3>`,
    html`<p class="note">
      Boxes from ${counted(detectors)} on, at which precision and recall are best together, beside
      ${trueBoxes} true boxes.
    </p>`,
    legend(detectors),
    html`<dl class="errors">
      ${rows.map(
        (row) =>
          html`<div>
            <dt>${row.name}<small>${row.about}</small></dt>
            <dd>${bars(row, most)}</dd>
          </div>`,
      )}
    </dl>`,
  ];
};
