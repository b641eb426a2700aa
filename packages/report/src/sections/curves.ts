import { isOfTap, measureOf } from '../measures.ts';
import type { Model, Shown } from '../model.ts';
import { listed, percent, short } from '../page/format.ts';
import { lineChart, type Series } from '../page/lineChart.ts';
import { html, type Html } from '../page/markup.ts';
import { valueOf } from '../valueOf.ts';
import { legend, type Section } from '../page/section.ts';

/** Points of a curve: more would not be seen, and would make the page heavy. */
const POINTS = 120;

type Point = readonly [number, number];
type Size = readonly [width: number, height: number];
const LARGE: Size = [480, 280];
const SMALL: Size = [360, 210];

/** Means over runs of neighbouring points, so that at most `POINTS` are left. */
export const thin = (points: readonly Point[]): Point[] => {
  const size = Math.ceil(points.length / POINTS);
  return Array.from({ length: Math.ceil(points.length / Math.max(1, size)) }, (_, k) => {
    const part = points.slice(k * size, (k + 1) * size).filter((p) => Number.isFinite(p[1]));
    const mean = (i: 0 | 1): number => part.reduce((sum, p) => sum + p[i], 0) / part.length;
    return part.length === 0 ? [k * size, NaN] : [mean(0), mean(1)];
  });
};

/** `60 %`, or `62.5 %` where a tick lies between whole numbers. */
const percentTick = (y: number): string => percent(y, Math.abs(y * 100 - Math.round(y * 100)) < 1e-6 ? 0 : 1);

const keys = (records: readonly Readonly<Record<string, number>>[]): string[] => [
  ...new Set(records.flatMap((r) => Object.keys(r))),
];

const seriesOf = (shown: readonly Shown[], points: (shown: Shown) => readonly Point[]): Series[] =>
  shown
    .map((s) => ({ method: s.index, name: s.method.label, points: points(s) }))
    .filter((s) => s.points.length > 0);

const ends = (series: readonly Series[], format: (y: number) => string): string =>
  series
    .map((s) => {
      const end = s.points.at(-1)![1];
      return Number.isFinite(end)
        ? `${s.name} ends at ${format(end)}`
        : `${s.name} ends with no finite value`;
    })
    .join(', ');

/** Whose curves these are, where some methods have none: the legend above names them all. */
const whose = (series: readonly Series[], shown: readonly Shown[]): string =>
  series.length < shown.length ? ` of ${listed(series.map((s) => s.name))} alone` : '';

const metricChart = (name: string, size: Size, { shown, input }: Model): Html => {
  const number = input.metrics?.find((metric) => metric.name === name) ?? { name };
  const { share, format: formatY } = measureOf(input, number);
  const series = seriesOf(shown, ({ method }) =>
    (method.epochs ?? []).flatMap(({ epoch, metrics }): Point[] =>
      Object.hasOwn(metrics, name) ? [[epoch + 1, metrics[name]!]] : [],
    ),
  );
  return lineChart({
    title: html`Validation: <b>${name}</b>${whose(series, shown)}`,
    description: `Validation ${name} by epoch: ${ends(series, formatY)}.`,
    series,
    size,
    xLabel: 'epoch',
    formatX: (x) => `${x}`,
    formatY,
    ...(share ? { atMost: 1, formatTick: percentTick } : {}),
  });
};

interface Loss {
  readonly title: string;
  readonly name: string;
  readonly size: Size;
  readonly value: (step: {
    readonly loss: number;
    readonly terms: Readonly<Record<string, number>>;
  }) => number | undefined;
}

const lossChart = ({ title, name, size, value }: Loss, shown: readonly Shown[]): Html => {
  const series = seriesOf(shown, ({ method }) =>
    thin(
      (method.steps ?? []).flatMap((step): Point[] => {
        const y = value(step);
        return y === undefined ? [] : [[step.step, y]];
      }),
    ),
  );
  return lineChart({
    title: html`${title}: <b>${name}</b>${whose(series, shown)}`,
    description: `${title} ${name} by step: ${ends(series, short)}.`,
    series,
    size,
    xLabel: 'step',
    formatX: (x) => `${Math.round(x)}`,
    formatY: short,
  });
};

const total: Loss = { title: 'Training', name: 'loss', size: LARGE, value: (s) => s.loss };

/** Terms of the loss that say more than the loss itself. */
const termsOf = (shown: readonly Shown[]): string[] => {
  const some = shown.flatMap(({ method }) => (method.steps?.[0] ? [method.steps[0].terms] : []));
  return some.every((terms) => Object.keys(terms).length < 2) && shown.length === 1 ? [] : keys(some);
};

/** Metrics that epochs tell: those that are said in their order, then others. */
const metricNames = ({ shown, input }: Model): string[] => {
  const { metrics = [] } = input;
  const all = keys(shown.flatMap(({ method }) => (method.epochs ?? []).map((e) => e.metrics)));
  const found = all.filter((name) => !isOfTap(input, name));
  const said = metrics.map(({ name }) => name).filter((name) => found.includes(name));
  const details = new Set(metrics.flatMap(({ name, detail }) => (detail === true ? [name] : [])));
  return [...new Set([...said, ...found])].filter((name) => !details.has(name));
};

export const curves = (model: Model): Section | undefined => {
  const { shown } = model;
  const metrics = metricNames(model);
  const stepped = shown.some(({ method }) => method.steps && method.steps.length > 0);
  if (metrics.length === 0 && !stepped) return undefined;
  const terms = stepped ? termsOf(shown) : [];
  const [first, ...others] = metrics;
  const large = [
    ...(first === undefined ? [] : [metricChart(first, LARGE, model)]),
    ...(stepped ? [lossChart(total, shown)] : []),
  ];
  const small = [
    ...terms.map((name) =>
      lossChart({ title: 'Term', name, size: SMALL, value: (s) => valueOf(s.terms, name) }, shown),
    ),
    ...others.map((name) => metricChart(name, SMALL, model)),
  ];
  const values = shown.flatMap(({ method: { steps = [], epochs = [] } }) => [
    ...steps.flatMap((s) => [s.loss, ...Object.values(s.terms)]),
    ...epochs.flatMap((e) => Object.values(e.metrics)),
  ]);
  const gaps = values.filter((v) => !Number.isFinite(v)).length;
  return {
    id: 'curves',
    short: 'Curves',
    title: 'How they learned',
    lead: 'Metrics are those of the validation images after each epoch. The training loss is shown with each of its terms, before weighting. Point at a curve, or focus it and press the arrow keys, to read values.',
    body: [
      legend(shown),
      gaps > 0
        ? html`<p class="note warn">
            Of the values that were told, ${gaps} are not finite; the lines have gaps there.
          </p>`
        : undefined,
      html`<div class="grid two">${large}</div>`,
      small.length > 0 ? html`<div class="grid three">${small}</div>` : undefined,
    ],
  };
};
