import { html, json, type Content, type Html } from './markup.ts';
import { tickText } from './format.ts';
import { marker, markPath } from './marker.ts';
import { methodClass } from './palette.ts';
import { extent, linear, ticks, ticksAround, type Scale } from './scale.ts';

export interface Series {
  /** Which method: its colour and mark. */
  readonly method: number;
  readonly name: string;
  /** `over`: what a point stands for in words, where that is more than its place: `steps 0 to 8`. */
  readonly points: readonly (readonly [x: number, y: number, over?: string])[];
  /** The number at the line's end, where it is not the last point's: an epoch's mean, where points are of a few steps. */
  readonly end?: number;
}

export interface LineChart {
  readonly title: Content;
  /** Says in words what is to be seen. */
  readonly description: string;
  readonly series: readonly Series[];
  readonly size: readonly [width: number, height: number];
  readonly xLabel: string;
  /** Ticks of the x axis where they are no round numbers, with their text. */
  readonly xTicks?: readonly (readonly [number, string])[];
  readonly formatX: (x: number) => string;
  readonly formatY: (y: number) => string;
  /** For ticks of the y axis: all their digits, where it is not given. */
  readonly formatTick?: (y: number) => string;
  /** What the chart shows as a run's record calls it: kept in the page for whoever looks the numbers up. */
  readonly record?: string;
  /** Whether x counts something: ticks then stand at whole numbers alone. */
  readonly counted?: boolean;
  /** Whether it is one of many: smaller, with fewer ticks. */
  readonly small?: boolean;
  /** The y axis ends there, even if a rounder number lies beyond. */
  readonly atMost?: number;
  /** Whether the points of a short line are marked, and not its end alone; they are where nothing is said. */
  readonly marks?: boolean;
  /** What both axes reach over, whatever the values; as far as the values go where absent. */
  readonly ranges?: { readonly x: readonly [number, number]; readonly y: readonly [number, number] };
}

interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly x: Scale;
  readonly y: Scale;
  readonly yTicks: readonly number[];
}

const MANY = 40;
/** Units from the edge at which lines end early. */
const EARLY = 30;
const at = (n: number): string => (Number.isFinite(n) ? String(Math.round(n * 10) / 10) : '');

const acrossOf = ({ series, ranges }: LineChart): readonly [number, number] =>
  ranges?.x ?? extent(series.flatMap((s) => s.points.map((p) => p[0])));

const frameOf = (chart: LineChart): Frame => {
  const { series, size, atMost, xTicks, ranges, small = false } = chart;
  const [width, height] = size;
  const high = ranges?.y ?? extent(series.flatMap((s) => s.points.map((p) => p[1])));
  const yTicks = ticksAround(high, small ? 2 : 4).filter((t) => t <= (atMost ?? Infinity));
  const box = small
    ? { left: 44, right: width - 50, top: 8, bottom: height - 20 }
    : { left: 46, right: width - 50, top: 10, bottom: height - 36 };
  const across = acrossOf(chart);
  const edge = xTicks ? 0.06 * (box.right - box.left) : 0;
  return {
    ...box,
    x: linear(across, [box.left + edge, box.right - edge]),
    y: linear([yTicks[0]!, yTicks.at(-1)!], [box.bottom, box.top]),
    yTicks,
  };
};

const xTicksOf = (chart: LineChart): NonNullable<LineChart['xTicks']> => {
  if (chart.xTicks) return chart.xTicks;
  const found = ticks(acrossOf(chart), chart.small === true ? 3 : 5);
  const whole = chart.counted === true ? found.filter(Number.isInteger) : found;
  // A lone tick tells no scale: the ends do.
  const shown = whole.length < 2 ? [...new Set(acrossOf(chart))].filter(Number.isInteger) : whole;
  return shown.map((t) => [t, chart.counted === true ? tickText(t) : chart.formatX(t)]);
};

const axes = (chart: LineChart, frame: Frame): Html => {
  const { left, right, bottom, x, y, yTicks } = frame;
  const xs = xTicksOf(chart);
  return html`<g class="axis">
    ${yTicks.map(
      (t) =>
        html`<path class="grid" d="M${left} ${at(y(t))}H${right}" /><text
            x="${left - 7}"
            y="${at(y(t) + 4)}"
            text-anchor="end"
            >${(chart.formatTick ?? tickText)(t)}</text
          >`,
    )}
    ${xs.map(([t, text]) => html`<text x="${at(x(t))}" y="${bottom + 17}" text-anchor="middle">${text}</text>`)}
    ${
      chart.small === true
        ? undefined
        : html`<text class="label" x="${(left + right) / 2}" y="${bottom + 33}" text-anchor="middle"
            >${chart.xLabel}</text
          >`
    }
  </g>`;
};

/** A line that is lifted over values that are not numbers. */
const linePath = (points: Series['points'], { x, y }: Frame): string => {
  let pen = 'M';
  return points
    .map(([a, b]) => {
      if (!Number.isFinite(b)) {
        pen = 'M';
        return '';
      }
      const part = `${pen}${at(x(a))} ${at(y(b))}`;
      pen = 'L';
      return part;
    })
    .join('');
};

/** Heights of the values written at the lines' ends, moved apart where they would overlap. */
const spread = (
  heights: readonly number[],
  gap: number,
  [top, bottom]: readonly [number, number],
): number[] => {
  const order = [...heights.keys()].sort((a, b) => heights[a]! - heights[b]!);
  const out = [...heights];
  order.forEach((i, k) => {
    const above = k > 0 ? out[order[k - 1]!]! + gap : top;
    out[i] = Math.max(out[i]!, above);
  });
  const over = (out[order.at(-1)!] ?? 0) - bottom;
  if (over > 0) {
    [...order].reverse().forEach((i, k) => {
      const below = k === 0 ? bottom : out[order[order.length - k]!]! - gap;
      out[i] = Math.min(out[i]!, below);
    });
  }
  return out;
};

/** What is written at a line's end. */
const endOf = ({ end, points }: Series): number | undefined =>
  end !== undefined && Number.isFinite(end) ? end : points.findLast((p) => Number.isFinite(p[1]))?.[1];

const lines = (chart: LineChart, frame: Frame): Html[] => {
  const { right, top, bottom, x, y } = frame;
  const ends = chart.series.map(endOf);
  const heights = spread(
    ends.map((end) => (end === undefined ? bottom : y(end))),
    14,
    [top, bottom],
  );
  // Where all lines end early their numbers stand there: at the edge they would be taken for what is told there.
  const told = chart.series.flatMap((s) => s.points.filter(([, b]) => Number.isFinite(b)).map(([a]) => x(a)));
  const last = Math.max(...told);
  const beside = told.length > 0 && right - last > EARLY ? last : right;
  return chart.series.map((s, i) => {
    const marked = s.points.length <= MANY && chart.marks !== false ? s.points : s.points.slice(-1);
    const dots = marked
      .filter((p) => Number.isFinite(p[1]))
      .map((p) => marker(s.method, x(p[0]), y(p[1]), 3.4));
    const end = ends[i];
    const text =
      end === undefined
        ? undefined
        : html`<text class="end" x="${at(beside + 7)}" y="${at(heights[i]! + 4)}"
            >${chart.formatY(end)}</text
          >`;
    return html`<g class="${methodClass(s.method)}"
      ><path class="line" d="${linePath(s.points, frame)}" />${dots}${text}</g
    >`;
  });
};

/** `epoch 7`; the text alone where it is a name, `stage 2`. */
const placeText = ({ xLabel, formatX }: LineChart, x: number): string => {
  const text = formatX(x);
  return /^[0-9]/.test(text) ? `${xLabel} ${text}` : text;
};

/** What the page's script needs to show values under a pointer: pixels and texts. */
const tipData = (chart: LineChart, { x, y }: Frame): Html =>
  json(
    chart.series.map((s) => ({
      name: s.name,
      css: methodClass(s.method),
      mark: markPath(s.method, 5),
      points: s.points
        .filter((p) => Number.isFinite(p[1]))
        .map(([a, b, over]) => [
          Math.round(x(a)),
          Math.round(y(b)),
          over ?? placeText(chart, a),
          chart.formatY(b),
        ]),
    })),
  );

/** Lines of several methods over one axis; the values under the pointer are told below, where they hide nothing. */
export const lineChart = (given: LineChart): Html => {
  const placed = given.series.map((s) => ({ ...s, points: s.points.filter(([x]) => Number.isFinite(x)) }));
  const chart = { ...given, series: placed };
  const frame = frameOf(chart);
  const [width, height] = chart.size;
  return html`<figure class="chart${chart.small === true ? ' small' : ''}" data-record="${chart.record}">
    <figcaption>${chart.title}</figcaption>
    <svg viewBox="0 0 ${width} ${height}" role="img" tabindex="0" aria-label="${chart.description}">
      ${axes(chart, frame)}${lines(chart, frame)}
      <path class="cursor" d="M0 ${frame.top}V${frame.bottom}" visibility="hidden" />
    </svg>
    <output class="read"></output>
    <script type="application/json">
      ${tipData(chart, frame)}
    </script>
  </figure>`;
};
