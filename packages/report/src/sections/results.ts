import type { Measure } from '../measures.ts';
import { wilson } from '../math/statistics.ts';
import type { Model, Shown, Tested } from '../model.ts';
import { capital, duration, percent, whole } from '../page/format.ts';
import { html, type Content, type Html } from '../page/markup.ts';
import { marker } from '../page/marker.ts';
import { methodClass } from '../page/palette.ts';
import { rowChart } from '../page/rowChart.ts';
import { methodName, type Section } from '../page/section.ts';
import { table as numbers } from '../page/table.ts';
import { numberWords } from '../words.ts';
import { resultNotes } from './resultNotes.ts';

interface Column {
  readonly title: string;
  readonly goal?: 'max' | 'min';
  readonly value: (shown: Shown) => number | undefined;
  readonly format: (value: number) => string;
  readonly detail?: (shown: Shown) => Content;
}

const lastEpoch = ({ method }: Shown): Content => {
  const last = method.result?.last.test['accuracy'];
  return last === undefined ? undefined : `last epoch ${percent(last)}`;
};
const heads = ({ method }: Shown): Content =>
  method.parameters && method.parameters.heads > 0
    ? `+ ${whole(method.parameters.heads)} while training`
    : undefined;

/** What is computed from the logits of one class an image. */
const OF_CLASSES: readonly Column[] = [
  { title: 'Accuracy', goal: 'max', value: (s) => s.accuracy, format: percent, detail: lastEpoch },
  { title: 'Calibration error', goal: 'min', value: (s) => s.ece, format: percent },
  { title: 'Log-loss, nats', goal: 'min', value: (s) => s.nll, format: (v) => v.toFixed(3) },
];
const OF_RUNS: readonly Column[] = [
  { title: 'Training time', goal: 'min', value: (s) => s.method.seconds, format: duration },
  { title: 'Parameters in use', value: (s) => s.method.parameters?.inference, format: whole, detail: heads },
];

/** What the runs measured themselves. */
const measured = ({ name, goal, value, last, format }: Measure): Column => ({
  title: numberWords(name) === name ? name : capital(numberWords(name)),
  ...(goal && { goal }),
  value: ({ method }) => value(method),
  format,
  detail({ method }) {
    const end = value(method) === undefined ? undefined : last(method);
    return end === undefined || !Number.isFinite(end) ? undefined : `last epoch ${format(end)}`;
  },
});

/** Of the runs' own numbers, those that stand in the first table: more would make it wider than the page. */
const BESIDE = 3;

/** The runs' further numbers, one a row. */
const further = ({ shown, measures }: Model): Content => {
  const rest = measures.slice(BESIDE);
  if (rest.length === 0) return undefined;
  return numbers({
    label: 'Further numbers',
    columns: shown.map(methodName),
    rows: rest.map(({ name, value, format }) => ({
      head: numberWords(name),
      cells: shown.map(({ method }) => {
        const v = value(method);
        return v === undefined || !Number.isFinite(v) ? '–' : format(v);
      }),
    })),
  });
};

/** The texts that are best in a column; none where all are alike. */
const bestOf = ({ goal, value, format }: Column, shown: readonly Shown[]): string | undefined => {
  const values = shown.map(value).filter((v) => v !== undefined && Number.isFinite(v)) as number[];
  if (!goal || values.length < 2 || new Set(values.map((v) => format(v))).size < 2) return undefined;
  return format(goal === 'max' ? Math.max(...values) : Math.min(...values));
};

/** Accuracy with its 95 % interval, each method on the same scale. */
const intervals = (tested: readonly Tested[]): Content => {
  const ranges = tested.map((s) => wilson(s.accuracy, s.outcomes.labels.length));
  return rowChart({
    caption: html`Accuracy with its 95 % interval on ${tested[0]!.outcomes.labels.length} test images`,
    label: tested.map((s) => `${s.method.label} ${percent(s.accuracy)}`).join(', '),
    extent: [Math.min(...ranges.map((r) => r[0])), Math.max(...ranges.map((r) => r[1]))],
    rows: tested.map((s, i) => (x, y) => {
      const [from, to] = ranges[i]!;
      return html`<g class="${methodClass(s.index)}">
        <path class="whisker" d="M${x(from).toFixed(1)} ${y}H${x(to).toFixed(1)}" />${marker(
          s.index,
          x(s.accuracy),
          y,
          5,
        )}
        <title>${s.method.label}: ${percent(s.accuracy)}, between ${percent(from)} and ${percent(to)}</title>
      </g>`;
    }),
  });
};

const small = (content: Content): Content => content && html`<small>${content}</small>`;

const cell = (column: Column, shown: Shown, best: string | undefined): Html => {
  const value = column.value(shown);
  const text = value === undefined || !Number.isFinite(value) ? '–' : column.format(value);
  const isBest = text === best;
  return html`<td role="cell" data-title="${column.title}" ${isBest ? html` class="best"` : undefined}>
    ${isBest ? html`<span class="pill">best</span> ` : undefined}<span class="number">${text}</span>
    ${small(column.detail?.(shown))}
  </td>`;
};

const table = ({ shown, measures }: Model): Html => {
  const columns = [...OF_CLASSES, ...measures.slice(0, BESIDE).map(measured), ...OF_RUNS].filter((c) =>
    shown.some((s) => c.value(s) !== undefined),
  );
  const best = columns.map((c) => bestOf(c, shown));
  const rows = shown.map(
    (s) =>
      html`<tr role="row">
        <th role="rowheader" scope="row">${methodName(s)}${small(s.method.summary)}</th>
        ${columns.map((c, i) => cell(c, s, best[i]))}
      </tr>`,
  );
  const heads = columns.map((c) => html`<th role="columnheader" scope="col">${c.title}</th>`);
  return html`<table class="results" role="table">
    <thead role="rowgroup">
      <tr role="row">
        <th role="columnheader" scope="col">Method</th>
        ${heads}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows}
    </tbody>
  </table>`;
};

export const results = (model: Model): Section => ({
  id: 'result',
  short: 'Result',
  title: model.shown.length > 1 ? 'The methods side by side' : 'The result',
  body: [
    table(model),
    further(model),
    model.tested.length === 0
      ? html`<div class="beneath">${resultNotes(model)}</div>`
      : html`<div class="aside">
          ${intervals(model.tested)}
          <div>${resultNotes(model)}</div>
        </div>`,
  ],
});
