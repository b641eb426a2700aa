import type { Shown } from '../../model.ts';
import { lineChart } from '../../page/lineChart.ts';
import { html, type Content, type Html } from '../../page/markup.ts';
import { inlineMarker } from '../../page/marker.ts';
import { methodClass } from '../../page/palette.ts';
import { switcher } from '../../page/section.ts';
import { table } from '../../page/table.ts';
import { endValue, formatOf, overEpochs, tickOf, type Depth, type NamedMeasure } from './numbers.ts';

/** Looks of which each has a tick of its own: between epochs there is nothing. */
const FEW = 6;
const SIZE: readonly [number, number] = [360, 210];

/** A measure after each look of a method, a line a stage; undefined where there was one look alone. */
const chart = (measure: NamedMeasure, { method }: Shown, taps: readonly string[]): Html | undefined => {
  const series = taps.flatMap((tap, k) => {
    const points = overEpochs(method, tap, measure.name);
    return points.some(([, y]) => Number.isFinite(y)) ? [{ method: k, name: tap, points }] : [];
  });
  if (series.every(({ points }) => points.length < 2)) return undefined;
  const format = formatOf(measure);
  const epochs = [...new Set(series.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b);
  const ends = series.map(({ name, points }) => {
    const [, last = NaN] = points.findLast(([, y]) => Number.isFinite(y)) ?? [];
    return `${name} ends at ${format(last)}`;
  });
  return lineChart({
    title: html`<b>${measure.title}</b>`,
    description: `${measure.title} by epoch: ${ends.join(', ')}.`,
    ...{ series, size: SIZE, xLabel: 'epoch', counted: true },
    ...(epochs.length <= FEW && { xTicks: epochs.map((x) => [x, `${x}`] as const) }),
    formatX: (x) => `${x}`,
    formatY: format,
    ...tickOf(measure),
  });
};

const stageKeys = (taps: readonly string[]): Html =>
  html`<p class="legend">
    ${taps.map(
      (tap, k) => html`<span class="method ${methodClass(k)}">${inlineMarker(k)}<span>${tap}</span></span> `,
    )}
  </p>`;

/** All numbers of a method's best weights, a row a measure. */
const numbers = ({ method }: Shown, { taps, measures }: Depth): Content => {
  const rows = measures.flatMap((measure) => {
    const values = taps.map((tap) => endValue(method, tap, measure.name));
    const format = formatOf(measure);
    const cells = values.map((v) => (v === undefined || !Number.isFinite(v) ? '–' : format(v)));
    return cells.every((cell) => cell === '–') ? [] : [{ head: measure.title, cells }];
  });
  if (rows.length === 0) return undefined;
  return html`<details>
    <summary>All numbers</summary>
    ${table({ label: `Numbers of each stage of ${method.label}`, columns: taps, rows })}
  </details>`;
};

/** How stages changed while a method trained, and all of their numbers at its end; one method at a time. */
export const whileTraining = (depth: Depth): Content =>
  switcher('depth', depth.shown, (shown) => {
    const drawn = depth.measures
      .filter((measure) => measure.shown === 'curves')
      .flatMap((measure) => chart(measure, shown, depth.taps) ?? []);
    return [
      drawn.length > 0 ? stageKeys(depth.taps) : undefined,
      drawn.length > 0 ? html`<div class="grid three">${drawn}</div>` : undefined,
      numbers(shown, depth),
    ];
  });
