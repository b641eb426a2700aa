import type { Shown } from '../../model.ts';
import { short } from '../../page/format.ts';
import { lineChart, type LineChart } from '../../page/lineChart.ts';
import { html, type Html } from '../../page/markup.ts';
import { extent } from '../../page/scale.ts';
import { valueOf } from '../../valueOf.ts';
import { termWords } from '../../words.ts';
import { endsText, LARGE, seriesOf, SMALL, whose, type Curve, type Size } from './series.ts';
import { thin, type Told } from './thin.ts';

/** What steps and epochs tell of a loss and its terms. */
interface Telling {
  readonly loss?: number;
  readonly terms?: Readonly<Record<string, number>>;
}

interface Loss {
  readonly title: Html;
  /** What it is, for those who hear it. */
  readonly spoken: string;
  /** What the run's record calls it. */
  readonly record: string;
  readonly size: Size;
  readonly value: (told: Telling) => number | undefined;
}

const curveOf = (value: Loss['value'], { method }: Shown): Curve => ({
  points: thin(
    (method.steps ?? []).flatMap((step): Told[] => {
      const y = value(step);
      return y === undefined ? [] : [[step.step, y, step.last ?? step.step]];
    }),
  ),
  end: method.epochs?.map(value).findLast((v) => v !== undefined),
});

/** Values of steps, a line a method; its end is the last epoch's mean, which a few noisy steps are not. */
const chartOf = (
  { title, spoken, record, size, value }: Loss,
  shown: readonly Shown[],
  more: Pick<LineChart, 'ranges' | 'small'> = {},
): Html => {
  const series = seriesOf(shown, (s) => curveOf(value, s));
  return lineChart({
    title: more.small === true ? title : html`${title}${whose(series, shown)}`,
    description: `${spoken} by step: ${endsText(series, short)}.`,
    ...{ record, series, size, ...more },
    ...{ xLabel: 'step', counted: true },
    formatX: (x) => `${Math.round(x)}`,
    formatY: short,
  });
};

export const lossChart = (shown: readonly Shown[]): Html =>
  chartOf(
    {
      title: html`Training: <b>loss</b>`,
      ...{ spoken: 'Training loss', record: 'loss', size: LARGE },
      value: ({ loss }) => loss,
    },
    shown,
  );

/** Terms of the loss that say more than the loss itself. */
const termsOf = (shown: readonly Shown[]): string[] => {
  const some = shown.flatMap(({ method }) => (method.steps?.[0] ? [method.steps[0].terms] : []));
  const alone = shown.length === 1 && some.every((terms) => Object.keys(terms).length < 2);
  return alone ? [] : [...new Set(some.flatMap((terms) => Object.keys(terms)))];
};

/** What all points of some terms lie between, so that the terms of one objective can be compared by eye. */
const rangesOf = (names: readonly string[], shown: readonly Shown[]): NonNullable<LineChart['ranges']> => {
  const told = shown.flatMap((s) =>
    names.flatMap((name) => {
      const { points, end } = curveOf((t) => valueOf(t.terms, name), s);
      return [
        ...points,
        ...(end === undefined || points.length === 0 ? [] : [[points[0]![0], end] as const]),
      ];
    }),
  );
  return { x: extent(told.map((p) => p[0])), y: extent(told.map((p) => p[1])) };
};

/** A small chart for each term, those of one objective on one scale. */
export const termCharts = (shown: readonly Shown[]): Html[] => {
  const named = termsOf(shown).map((name) => ({ name, ...termWords(name) }));
  const objectives = [...new Set(named.map(({ objective }) => objective))];
  return objectives.flatMap((objective) => {
    const own = named.filter((one) => one.objective === objective);
    const ranges = rangesOf(
      own.map(({ name }) => name),
      shown,
    );
    return own.map(({ name, part }) => {
      const title = part === undefined ? html`<b>${objective}</b>` : html`${objective}: <b>${part}</b>`;
      const spoken = part === undefined ? objective : `${objective}, ${part}`;
      const value = ({ terms }: Telling): number | undefined => valueOf(terms, name);
      return chartOf({ title, spoken, record: name, size: SMALL, value }, shown, { ranges, small: true });
    });
  });
};
