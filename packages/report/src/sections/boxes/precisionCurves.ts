import type { PrecisionCurve } from '../../input.ts';
import { percent, percentTick, short } from '../../page/format.ts';
import { lineChart, type Series } from '../../page/lineChart.ts';
import { html, type Content, type Html } from '../../page/markup.ts';
import { legend } from '../../page/section.ts';
import type { Detector } from './scores.ts';

/** Charts of classes: more would make the page heavy. */
const CHARTS = 24;
/** Points of a curve that are drawn. */
const POINTS = 51;

type Points = PrecisionCurve['points'];

const isShare = (value: number): boolean => value >= 0 && value <= 1;
const isSound = ([recall, precision]: Points[number]): boolean => isShare(recall) && isShare(precision);

/** As many points as are drawn, up to the last recall that is reached. */
const drawn = (points: Points): Points => {
  const sound = points.filter(isSound);
  const reached = sound.slice(0, sound.findLastIndex(([, precision]) => precision > 0) + 1);
  const every = Math.max(1, Math.ceil((reached.length - 1) / (POINTS - 1)));
  return reached.filter((_, i) => i % every === 0 || i === reached.length - 1);
};

const keyOf = ({ name, iou }: PrecisionCurve): string => `${iou} ${name}`;

const chart = (curve: PrecisionCurve, detectors: readonly Detector[]): Html | undefined => {
  const key = keyOf(curve);
  const series = detectors.flatMap((d): Series[] => {
    const points = drawn(d.boxes.curves.find((one) => keyOf(one) === key)?.points ?? []);
    return points.length === 0 ? [] : [{ method: d.index, name: d.method.label, points }];
  });
  if (series.length === 0) return undefined;
  const reached = series.map(
    (s) =>
      `${s.name} reaches a recall of ${percent(s.points.at(-1)![0], 0)} at a precision of ${percent(s.points.at(-1)![1], 0)}`,
  );
  return lineChart({
    title: html`<b>${curve.name}</b>, IoU from ${short(curve.iou)}`,
    description: `Precision by recall of ${curve.name}, IoU from ${short(curve.iou)}: ${reached.join(', ')}.`,
    series,
    size: [360, 210],
    xLabel: 'recall',
    formatX: (x) => percent(x, 0),
    formatY: (y) => percent(y, 0),
    formatTick: percentTick,
    marks: false,
    ranges: { x: [0, 1], y: [0, 1] },
  });
};

/** Precision by recall: a chart for each class and each overlap that is asked for, with a line for each method. */
export const precisionCurves = (detectors: readonly Detector[]): Content => {
  const all = new Map(
    detectors.flatMap((d) => d.boxes.curves.map((curve) => [keyOf(curve), curve] as const)),
  );
  const charts = [...all.values()].flatMap((curve) => chart(curve, detectors) ?? []);
  if (charts.length === 0) return undefined;
  const rest = charts.length - CHARTS;
  return [
    html`<h3>Precision by recall</h3>`,
    legend(detectors),
    html`<div class="grid three">${charts.slice(0, CHARTS)}</div>`,
    rest > 0 ? html`<p class="note">${rest} further curves are not drawn.</p>` : undefined,
  ];
};
