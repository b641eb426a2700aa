import { lineChart } from '../../page/lineChart.ts';
import { html, type Content, type Html } from '../../page/markup.ts';
import type { Shown } from '../../model.ts';
import { endValue, formatOf, tickOf, type Depth, type NamedMeasure } from './numbers.ts';

const SIZE: readonly [number, number] = [360, 220];

interface Lines {
  readonly title: Content;
  readonly measure: Pick<NamedMeasure, 'title' | 'share'>;
  readonly shown: readonly Shown[];
  readonly value: (shown: Shown, tap: string) => number | undefined;
}

/** A number over the stages, a line a method; undefined where no method has it. */
const chart = ({ title, measure, shown, value }: Lines, { taps }: Depth): Html | undefined => {
  const format = formatOf(measure);
  const series = shown.flatMap((s) => {
    const points = taps.flatMap((tap, k): [number, number][] => {
      const y = value(s, tap);
      return y === undefined || !Number.isFinite(y) ? [] : [[k, y]];
    });
    return points.length > 0 ? [{ method: s.index, name: s.method.label, points }] : [];
  });
  if (series.length === 0) return undefined;
  const places = series.flatMap(({ points }) => points.map(([k]) => k));
  const [first, last] = [Math.min(...places), Math.max(...places)];
  const told = series.map(({ name, points }) => {
    const values = points.map(([k, y]) => `${taps[k] ?? ''} ${format(y)}`);
    return `${name}: ${values.join(', ')}`;
  });
  return lineChart({
    title,
    description: `${measure.title} from the first stage to the last. ${told.join('. ')}.`,
    series,
    size: SIZE,
    xLabel: 'shallow → deep',
    xTicks: taps.map((tap, k) => [k, tap] as const).filter(([k]) => k >= first && k <= last),
    formatX: (k) => taps[k] ?? '',
    formatY: format,
    ...tickOf(measure),
  });
};

const withWords = (drawn: Html, words: Content): Html =>
  html`<div>
    ${drawn}
    <p class="note">${words}</p>
  </div>`;

/** Small charts of what was measured of each stage, with how to read each. */
export const overDepth = (depth: Depth): Html[] =>
  depth.measures.flatMap((measure) => {
    if (measure.shown === 'table') return [];
    const drawn = chart(
      {
        title: html`<b>${measure.title}</b>`,
        ...{ measure, shown: depth.shown },
        value: ({ method }, tap) => endValue(method, tap, measure.name),
      },
      depth,
    );
    return drawn ? [withWords(drawn, measure.about)] : [];
  });

/** How alike stages are to those of the first method, where there are several. */
export const likeness = (all: readonly Shown[], taps: readonly string[]): Html | undefined => {
  const [first] = all;
  const others = all.filter(({ method }) => method.likeness);
  const drawn = chart(
    {
      title: html`<b>Likeness to ${first?.method.label ?? 'the first method'}</b>`,
      measure: { title: 'Likeness' },
      shown: others,
      value: ({ method }, tap) => method.likeness?.[tap],
    },
    { taps, measures: [], shown: others },
  );
  return (
    drawn &&
    withWords(
      drawn,
      'Whether the same test images lie to each other as there (unbiased linear CKA): 1 is the same, 0 nothing in common. Low: this training made another stage of it.',
    )
  );
};
