import { NEIGHBOURS } from '../math/neighbours.ts';
import type { Model, Shown } from '../model.ts';
import { percent, percentTick, points } from '../page/format.ts';
import { lineChart } from '../page/lineChart.ts';
import { html, type Content, type Html } from '../page/markup.ts';
import type { Maps, Panel, Stage } from './stageMaps.ts';

/** A number of each stage, and how it is said. */
interface Measure {
  readonly title: Content;
  /** For those who hear the drawing. */
  readonly spoken: string;
  readonly value: (panel: Panel) => number | undefined;
  readonly format: (value: number) => string;
  readonly formatTick?: (value: number) => string;
  readonly atMost: number;
  /** How to read it. */
  readonly about: Content;
}

const valueAt = ({ panels }: Stage, shown: Shown, { value }: Measure): number | undefined => {
  const panel = panels.find((one) => one.shown === shown);
  return panel && value(panel);
};

/** Where each method differs most from the first one, in words. */
const gaps = (measure: Measure, stages: readonly Stage[], shown: readonly Shown[]): Html[] => {
  const [first, ...others] = shown;
  if (!first) return [];
  return others.flatMap((other) => {
    const both = stages.flatMap((stage) => {
      const [a, b] = [valueAt(stage, first, measure), valueAt(stage, other, measure)];
      return a === undefined || b === undefined ? [] : [{ stage: stage.name, a, b }];
    });
    const [start] = both;
    if (!start) return [];
    const most = both.reduce((x, y) => (Math.abs(y.b - y.a) > Math.abs(x.b - x.a) ? y : x), start);
    return [
      html`<p class="note">
        <b>${other.method.label}</b> differs most from ${first.method.label} at <b>${most.stage}</b>:
        ${measure.format(most.b)} against ${measure.format(most.a)}.
      </p>`,
    ];
  });
};

/** A number from the first stage to the last, a line a method; undefined where no method has it. */
const drawn = (measure: Measure, stages: readonly Stage[], shown: readonly Shown[]): Html | undefined => {
  const series = shown.flatMap((s) => {
    const points = stages.flatMap((stage, k): [number, number][] => {
      const value = valueAt(stage, s, measure);
      return value === undefined ? [] : [[k, value]];
    });
    return points.length > 0 ? [{ method: s.index, name: s.method.label, points }] : [];
  });
  if (series.length === 0) return undefined;
  const told = series.map((s) => `${s.name}: ${s.points.map(([, y]) => measure.format(y)).join(', ')}`);
  const chart = lineChart({
    title: measure.title,
    description: `${measure.spoken} from the first stage to the last. ${told.join('. ')}.`,
    series,
    size: [460, 290],
    xLabel: 'shallow → deep',
    xTicks: stages.map((stage, k) => [k, stage.name]),
    formatX: (k) => stages[k]?.name ?? '',
    formatY: measure.format,
    atMost: measure.atMost,
    ...(measure.formatTick && { formatTick: measure.formatTick }),
  });
  return html`<div>
    ${chart}
    <p class="note">${measure.about}</p>
    ${gaps(measure, stages, shown)}
  </div>`;
};

/** What the paper says the contrast does to a stage: it comes to see past what an augmentation changes. */
const alike = (secondLook: string): Measure => ({
  title: html`How alike an image and its <b>augmented copy</b> look`,
  spoken: 'Likeness of an image and its augmented copy',
  value: (panel) => panel.invariance,
  format: (value) => value.toFixed(2),
  atMost: 1,
  about: `The copy is ${secondLook}, the same for every method. 1: the stage sees no difference; 0: no more alike than two different images (invariance: the mean cosine, less what all images share).`,
});

const neighbours = ({ groups, labels }: Maps & { readonly labels: Int32Array }): Measure => {
  const chance = 1.96 * Math.sqrt(0.5 / labels.length); // two shares near a half, at most
  const largest = Math.max(...groups.slice(0, -1).map((g) => g.length)) / labels.length;
  return {
    title: html`Images whose ${NEIGHBOURS} nearest neighbours are mostly of <b>their class</b>`,
    spoken: 'Nearest-neighbour accuracy',
    value: ({ accuracy }) => accuracy,
    format: (value) => percent(value, 0),
    formatTick: percentTick,
    atMost: 1,
    about: `Measured in each stage’s own space, so the more, the more the stage knows of the classes. Always naming the largest class would give ${percent(largest, 0)}; two methods that differ by less than ${points(chance)} points may do so by the choice of ${labels.length} images.`,
  };
};

/** What every stage sees past, and what it knows of the classes. */
export const overStages = (maps: Maps, { input, shown }: Model): Content => {
  const { stages, labels } = maps;
  const measures = [
    ...(input.secondLook === undefined ? [] : [alike(input.secondLook)]),
    ...(labels ? [neighbours({ ...maps, labels })] : []),
  ];
  const charts = measures.flatMap((measure) => drawn(measure, stages, shown) ?? []);
  return charts.length > 0 ? html`<div class="grid two depth">${charts}</div>` : undefined;
};
