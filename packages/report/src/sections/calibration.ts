import type { ReliabilityBin } from '@understory/core';
import { wilson } from '../math/statistics.ts';
import { BINS } from '../model.ts';
import type { Model, Tested } from '../model.ts';
import { percent } from '../page/format.ts';
import { html, type Html } from '../page/markup.ts';
import { methodClass } from '../page/palette.ts';
import { linear } from '../page/scale.ts';
import { methodName, type Section } from '../page/section.ts';
import { table } from '../page/table.ts';

const BOX = { left: 40, right: 310, top: 8, bottom: 232, floor: 292 };
const TICKS = [0, 0.25, 0.5, 0.75, 1];
/** With fewer answers than this a bin says little, and is drawn paler. */
const FEW = 10;

const x = linear([0, 1], [BOX.left, BOX.right]);
const y = linear([0, 1], [BOX.bottom, BOX.top]);
const at = (v: number): string => v.toFixed(1);

const bar = (bin: ReliabilityBin, most: number): Html => {
  const left = x(bin.from) + 1;
  const width = x(bin.to) - x(bin.from) - 2;
  const top = Math.min(y(bin.accuracy), y(bin.confidence));
  const gap = Math.abs(y(bin.accuracy) - y(bin.confidence));
  const share = ((BOX.floor - BOX.bottom - 24) * bin.count) / most;
  return html`<g${bin.count < FEW ? html` class="few"` : undefined}>
    <title>Confidence ${percent(bin.from, 0)} to ${percent(bin.to, 0)}: ${bin.count} answers, ${percent(bin.accuracy)} of them right, ${percent(bin.confidence)} sure on average</title>
    <rect class="share" x="${at(left)}" y="${at(BOX.floor - share)}" width="${at(width)}" height="${at(share)}" />
    <rect class="bar" x="${at(left)}" y="${at(y(bin.accuracy))}" width="${at(width)}" height="${at(BOX.bottom - y(bin.accuracy))}" />
    <rect class="gap" x="${at(left)}" y="${at(top)}" width="${at(width)}" height="${at(gap)}" />
  </g>`;
};

const axes = (): Html =>
  html`<g class="axis">
    ${TICKS.map(
      (t) =>
        html`<path class="grid" d="M${BOX.left} ${at(y(t))}H${BOX.right}" />
          <text x="${BOX.left - 6}" y="${at(y(t) + 4)}" text-anchor="end">${percent(t, 0)}</text>
          <text x="${at(x(t))}" y="${BOX.floor + 16}" text-anchor="middle">${percent(t, 0)}</text>`,
    )}
    <text class="label" x="${(BOX.left + BOX.right) / 2}" y="${BOX.floor + 32}" text-anchor="middle"
      >confidence</text
    >
    <text class="label" x="${BOX.left + 6}" y="${BOX.top + 12}">accuracy</text>
    <text class="label" x="${BOX.left + 6}" y="${BOX.bottom + 20}">answers</text>
  </g>`;

/** Whether a network is as sure as it is right; within the interval of how often it is right nobody can tell. */
const leanOf = (sure: number, [low, high]: readonly [number, number]): string => {
  if (sure > high) return 'too sure of itself';
  if (sure < low) return 'not sure enough';
  return `as sure as it is right, as far as so few images can tell (95 % interval ${percent(low)} to ${percent(high)})`;
};

/** The same numbers for those who cannot see the drawing, or want to copy them. */
const binTable = ({ bins, method }: Tested): Html =>
  html`<details>
    <summary>Numbers</summary>
    ${table({
      label: `Reliability of ${method.label} by confidence`,
      columns: ['answers', 'right', 'sure on average'],
      rows: bins
        .filter(({ count }) => count > 0)
        .map(({ from, to, count, accuracy, confidence }) => ({
          head: `${percent(from, 0)} to ${percent(to, 0)}`,
          cells: [count, percent(accuracy), percent(confidence)],
        })),
    })}
  </details>`;

const diagram = (shown: Tested): Html => {
  const filled = shown.bins.filter((b) => b.count > 0);
  const most = Math.max(...filled.map((b) => b.count));
  const sure = filled.reduce((sum, b) => sum + b.confidence * b.count, 0) / shown.outcomes.labels.length;
  const lean = leanOf(sure, wilson(shown.accuracy, shown.outcomes.labels.length));
  return html`<figure class="chart reliability">
    <figcaption>${methodName(shown)}</figcaption>
    <svg
      class="${methodClass(shown.index)}"
      viewBox="0 0 320 330"
      role="img"
      aria-label="Reliability of ${shown.method.label}: expected calibration error ${percent(shown.ece)}"
    >
      ${axes()}${filled.map((b) => bar(b, most))}
      <path class="diagonal" d="M${at(x(0))} ${at(y(0))}L${at(x(1))} ${at(y(1))}" />
    </svg>
    <p class="verdict">
      <b>${percent(shown.ece)}</b> calibration error; ${percent(sure)} sure on average,
      ${percent(shown.accuracy)} right: ${lean}.
    </p>
    ${binTable(shown)}
  </figure>`;
};

export const calibration = (model: Model): Section | undefined => {
  const tested = model.tested.filter(({ bins }) => bins.length > 0);
  return tested.length === 0
    ? undefined
    : {
        id: 'calibration',
        short: 'Calibration',
        title: 'Whether it knows what it knows',
        lead: `Predicted by how sure the network was, in ${BINS} bins. A well calibrated one is right as often as it is sure: its bars end on the diagonal. The outlined gap is what is missing or too much; pale bars hold fewer than ${FEW} answers.`,
        body: html`<div class="grid three">${tested.map(diagram)}</div>`,
      };
};
