import {
  html,
  legend,
  lineChart,
  percent,
  percentTick,
  short,
  type Html,
  type ReportMethod,
  type Section,
} from '@understory/report';
import type { StepMean } from '@understory/tracking/node';
import type { Watched } from '../runs/watchRuns.ts';

interface Number {
  readonly title: Html;
  readonly spoken: string;
  readonly record: string;
  readonly value: (step: StepMean) => number;
  readonly format: (value: number) => string;
  readonly share?: boolean;
}

const NUMBERS: readonly Number[] = [
  {
    title: html`<b>Images</b> a second`,
    ...{ spoken: 'Images a second', record: 'imagesPerSecond', format: short },
    value: (step) => step.imagesPerSecond,
  },
  {
    title: html`Time spent <b>waiting</b> for data`,
    ...{ spoken: 'Share of time spent waiting for data', record: 'waiting', share: true },
    value: (step) => step.waiting,
    format: (value) => percent(value),
  },
];

const chart = ({ title, spoken, record, value, format, share }: Number, runs: readonly Watched[]): Html => {
  const series = runs.flatMap(({ name, told }, method) => {
    const points = (told?.steps ?? []).map((step) => {
      const over = step.step === step.last ? `step ${step.step}` : `steps ${step.step} to ${step.last}`;
      return [(step.step + step.last) / 2, value(step), over] as const;
    });
    return points.length > 0 ? [{ method, name, points }] : [];
  });
  const ends = series.map(({ name, points }) => `${name} ${format(points.at(-1)?.[1] ?? NaN)}`);
  return lineChart({
    ...{ title, record, series, size: [480, 200], xLabel: 'step', counted: true },
    description: `${spoken} by step, at the end: ${ends.join(', ')}.`,
    formatX: (x) => `${Math.round(x)}`,
    formatY: format,
    ...(share === true && { formatTick: percentTick, atMost: 1 }),
  });
};

/** How fast runs train, and whether they wait for data; undefined where no step was told. */
export const speed = (runs: readonly Watched[], methods: readonly ReportMethod[]): Section | undefined => {
  if (runs.every(({ told }) => (told?.steps.length ?? 0) === 0)) return undefined;
  return {
    id: 'speed',
    short: 'Speed',
    title: 'How fast they train',
    lead: 'Means of neighbouring steps. A network that waits is held up by reading and decoding its images.',
    body: [
      legend(methods.map((method, index) => ({ method, index }))),
      html`<div class="grid two">${NUMBERS.map((number) => chart(number, runs))}</div>`,
    ],
  };
};
