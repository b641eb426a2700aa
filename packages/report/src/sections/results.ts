import { mcNemar, wilson } from '../math/statistics.ts';
import type { Model, Shown, Tested } from '../model.ts';
import { duration, percent, points, whole } from '../page/format.ts';
import { html, type Content, type Html } from '../page/markup.ts';
import { marker } from '../page/marker.ts';
import { methodClass } from '../page/palette.ts';
import { linear, ticks } from '../page/scale.ts';
import { methodName, type Section } from '../page/section.ts';

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

const COLUMNS: readonly Column[] = [
  { title: 'Accuracy', goal: 'max', value: (s) => s.accuracy, format: percent, detail: lastEpoch },
  { title: 'Calibration error', goal: 'min', value: (s) => s.ece, format: percent },
  { title: 'Log-loss, nats', goal: 'min', value: (s) => s.nll, format: (v) => v.toFixed(3) },
  { title: 'Training time', goal: 'min', value: (s) => s.method.seconds, format: duration },
  { title: 'Parameters in use', value: (s) => s.method.parameters?.inference, format: whole, detail: heads },
];

/** The texts that are best in a column; none where all are alike. */
const bestOf = ({ goal, value, format }: Column, shown: readonly Shown[]): string | undefined => {
  const values = shown.map(value).filter((v) => v !== undefined && Number.isFinite(v)) as number[];
  if (!goal || values.length < 2 || new Set(values.map((v) => format(v))).size < 2) return undefined;
  return format(goal === 'max' ? Math.max(...values) : Math.min(...values));
};

const WIDTH = 380;

/** Accuracy with its 95 % interval, each method on the same scale. */
const intervals = (tested: readonly Tested[]): Content => {
  if (tested.length === 0) return undefined;
  const ranges = tested.map((s) => wilson(s.accuracy, s.outcomes.labels.length));
  const low = Math.max(0, Math.min(...ranges.map((r) => r[0])) - 0.005);
  const high = Math.min(1, Math.max(...ranges.map((r) => r[1])) + 0.005);
  const x = linear([low, high], [16, WIDTH - 16]);
  const at = (v: number): string => x(v).toFixed(1);
  const bottom = tested.length * 26 + 8;
  const rows = tested.map((s, i) => {
    const y = 18 + i * 26;
    const [from, to] = ranges[i]!;
    return html`<g class="${methodClass(s.index)}">
      <path class="whisker" d="M${at(from)} ${y}H${at(to)}" />${marker(s.index, x(s.accuracy), y, 5)}
      <title>${s.method.label}: ${percent(s.accuracy)}, between ${percent(from)} and ${percent(to)}</title>
    </g>`;
  });
  const labels = ticks([low, high], 4).map(
    (t) =>
      html`<path class="grid" d="M${at(t)} 4V${bottom}" /><text
          x="${at(t)}"
          y="${bottom + 15}"
          text-anchor="middle"
          >${percent(t, 0)}</text
        >`,
  );
  return html`<figure class="intervals">
    <figcaption>
      Accuracy with its 95 % interval on ${tested[0]!.outcomes.labels.length} test images
    </figcaption>
    <svg
      viewBox="0 0 ${WIDTH} ${bottom + 20}"
      role="img"
      aria-label="${tested.map((s) => `${s.method.label} ${percent(s.accuracy)}`).join(', ')}"
    >
      <g class="axis">${labels}</g>
      ${rows}
    </svg>
  </figure>`;
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

const table = (shown: readonly Shown[]): Html => {
  const columns = COLUMNS.filter((c) => shown.some((s) => c.value(s) !== undefined));
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

/** Whether the difference between the best method and the first one could be luck. */
const luck = (tested: readonly Tested[]): Content => {
  const [first] = tested;
  if (!first || tested.length < 2) return undefined;
  const ranked = [...tested].sort((a, b) => b.accuracy - a.accuracy);
  const best = ranked[0]!;
  const rival = best === first ? ranked[1]! : first;
  const right = ({ outcomes }: Tested, i: number): boolean => outcomes.predicted[i] === outcomes.labels[i];
  const images = Array.from(first.outcomes.labels.keys());
  const gained = images.filter((i) => right(best, i) && !right(rival, i)).length;
  const lost = images.filter((i) => !right(best, i) && right(rival, i)).length;
  const p = mcNemar(gained, lost);
  const verdict =
    p < 0.05
      ? 'more than the choice of test images explains, though another seed may differ'
      : 'so few that chance could explain it; more seeds or test images would tell';
  return html`<p class="note">
    <b>${best.method.label}</b> is right on ${gained} images that <b>${rival.method.label}</b> gets wrong, and
    wrong on ${lost} that it gets right: ${points((gained - lost) / images.length)} points, ${verdict}
    (McNemar’s test: p ${p < 0.001 ? '< 0.001' : `= ${p.toFixed(p < 0.1 ? 3 : 2)}`}).
  </p>`;
};

const choice = (shown: readonly Shown[]): Content => {
  const on = new Set(shown.map((s) => s.method.result?.selectOn));
  if (on.has('test'))
    return html`<p class="note warn">
      The best epoch was chosen on the test set itself, as the method’s official code does: these accuracies
      are a little too good.
    </p>`;
  if (on.has('validation'))
    return html`<p class="note">
      The weights are those of the epoch that was best on the validation images; the test images were looked
      at once, at the end.
    </p>`;
  return undefined;
};

/** What is missing, and why: a dash in the table does not say. */
const missing = ({ method, outcomes }: Shown): readonly Html[] => {
  const name = html`<b>${method.label}</b>`;
  const { predictions, epochs, steps } = method;
  const all = outcomes?.labels.length ?? 0;
  return [
    ...(predictions?.labels.length === 0
      ? [html`${name} was tested on no image: the test split is empty.`]
      : []),
    ...(outcomes && outcomes.unanswered > 0
      ? [
          html`${name} gives ${whole(outcomes.unanswered)} of ${whole(all)} test images no answer: its logits
          are not finite. They count as wrong; calibration error and log-loss are not measured.`,
        ]
      : []),
    ...(epochs?.length === 0 && (steps?.length ?? 0) > 0
      ? [html`${name} ended no epoch, so it has no validation metrics.`]
      : []),
    ...(epochs?.length === 0 && steps?.length === 0
      ? [html`${name} trained no step, so it has no curves.`]
      : []),
  ];
};

export const results = ({ shown, tested }: Model): Section => ({
  id: 'result',
  short: 'Result',
  title: shown.length > 1 ? 'The methods side by side' : 'The result',
  body: [
    table(shown),
    html`<div class="aside">
      ${intervals(tested)}
      <div>
        ${luck(tested)}${choice(shown)}
        ${shown.flatMap(missing).map((note) => html`<p class="note warn">${note}</p>`)}
      </div>
    </div>`,
  ],
});
