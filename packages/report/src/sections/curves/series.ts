import type { Shown } from '../../model.ts';
import { listed } from '../../page/format.ts';
import type { Series } from '../../page/lineChart.ts';
import type { Point } from './thin.ts';

export type Size = readonly [width: number, height: number];
export const LARGE: Size = [480, 280];
export const SMALL: Size = [250, 150];

/** A method's points, and what is written at their end. */
export interface Curve {
  readonly points: readonly Point[];
  readonly end?: number | undefined;
}

/** A line for each method that has points. */
export const seriesOf = (shown: readonly Shown[], curve: (shown: Shown) => Curve): Series[] =>
  shown
    .map((s) => {
      const { points, end } = curve(s);
      return { method: s.index, name: s.method.label, points, ...(end === undefined ? {} : { end }) };
    })
    .filter((s) => s.points.length > 0);

/** What a chart shows, for those who hear it. */
export const endsText = (series: readonly Series[], format: (y: number) => string): string =>
  series
    .map((s) => {
      const end = s.end ?? s.points.at(-1)?.[1] ?? NaN;
      return Number.isFinite(end)
        ? `${s.name} ends at ${format(end)}`
        : `${s.name} ends with no finite value`;
    })
    .join(', ');

/** Whose curves these are, where some methods have none: the legend above names them all. */
export const whose = (series: readonly Series[], shown: readonly Shown[]): string =>
  series.length < shown.length ? ` of ${listed(series.map((s) => s.name))} alone` : '';
