import { percentTick } from './format.ts';
import { html, type Content, type Html } from './markup.ts';
import { linear, ticks, type Scale } from './scale.ts';

/** Rows of marks that share one scale of fractions, each a method's. */
export interface RowChart {
  readonly caption: Content;
  /** What it says, for people who hear the page. */
  readonly label: string;
  /** The smallest and the largest number that it holds. */
  readonly extent: readonly [number, number];
  /** Draws a row, given the scale and its height. */
  readonly rows: readonly ((x: Scale, y: number) => Html)[];
}

const WIDTH = 380;
const ROW = 26;
/** Room on both sides of the scale. */
const SIDE = 16;
/** Room on both sides of the numbers. */
const ROOM = 0.005;

export const rowChart = ({ caption, label, extent: [low, high], rows }: RowChart): Html => {
  const range = [Math.max(0, low - ROOM), Math.min(1, high + ROOM)] as const;
  const x = linear(range, [SIDE, WIDTH - SIDE]);
  const bottom = rows.length * ROW + 8;
  const axis = ticks(range, 4).map((t) => {
    const at = x(t).toFixed(1);
    return html`<path class="grid" d="M${at} 4V${bottom}" /><text
        x="${at}"
        y="${bottom + 15}"
        text-anchor="middle"
        >${percentTick(t)}</text
      >`;
  });
  return html`<figure class="intervals">
    <figcaption>${caption}</figcaption>
    <svg viewBox="0 0 ${WIDTH} ${bottom + 20}" role="img" aria-label="${label}">
      <g class="axis">${axis}</g>
      ${rows.map((row, i) => row(x, 18 + i * ROW))}
    </svg>
  </figure>`;
};
