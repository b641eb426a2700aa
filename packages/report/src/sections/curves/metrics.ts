import { isOfTap, measureOf } from '../../measures.ts';
import type { Model } from '../../model.ts';
import { capital, percentTick } from '../../page/format.ts';
import { lineChart } from '../../page/lineChart.ts';
import { html, type Html } from '../../page/markup.ts';
import { valueOf } from '../../valueOf.ts';
import { numberWords } from '../../words.ts';
import { endsText, LARGE, seriesOf, SMALL, whose } from './series.ts';
import type { Point } from './thin.ts';

/** Metrics that epochs tell: those that are said in their order, then others. */
export const metricNames = ({ shown, input }: Model): string[] => {
  const { metrics = [] } = input;
  const all = shown.flatMap(({ method }) => (method.epochs ?? []).flatMap((e) => Object.keys(e.metrics)));
  const found = [...new Set(all)].filter((name) => !isOfTap(input, name));
  const said = metrics.map(({ name }) => name).filter((name) => found.includes(name));
  const details = new Set(metrics.flatMap(({ name, detail }) => (detail === true ? [name] : [])));
  return [...new Set([...said, ...found])].filter((name) => !details.has(name));
};

/** Which images epochs were measured on, in words: `validation`, `test`, or both where methods differ. */
export const measuredOn = ({ shown }: Pick<Model, 'shown'>): string => {
  const splits = shown.flatMap(({ method }) =>
    (method.epochs ?? []).map(({ split }) => split ?? 'validation'),
  );
  return [...new Set(splits)].sort().reverse().join(' or ') || 'validation';
};

/** A number of the images that choose the epoch, after each of them. */
export const metricChart = (name: string, { shown, input }: Model, small = false): Html => {
  const number = input.metrics?.find((metric) => metric.name === name) ?? { name };
  const { share, format: formatY } = measureOf(input, number);
  const series = seriesOf(shown, ({ method }) => ({
    points: (method.epochs ?? []).flatMap(({ epoch, metrics }): Point[] => {
      const value = valueOf(metrics, name);
      return value === undefined ? [] : [[epoch + 1, value]];
    }),
  }));
  const words = numberWords(name);
  return lineChart({
    title: html`${capital(measuredOn({ shown }))}: <b>${words}</b>${whose(series, shown)}`,
    description: `${capital(measuredOn({ shown }))} ${words} by epoch: ${endsText(series, formatY)}.`,
    record: name,
    ...{ series, size: small ? SMALL : LARGE, small },
    ...{ xLabel: 'epoch', counted: true },
    formatX: (x) => `${x}`,
    formatY,
    ...(share ? { atMost: 1, formatTick: percentTick } : {}),
  });
};
