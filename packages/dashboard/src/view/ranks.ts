import {
  html,
  lineChart,
  percent,
  percentTick,
  short,
  table,
  type Html,
  type Section,
} from '@understory/report';
import type { WorkerSpeed } from '@understory/core';
import type { Watched } from '../runs/watchRuns.ts';

/** Most ranks that have a line of their own; of more the table shows the slowest. */
const MOST = 8;

interface Measure {
  readonly title: string;
  readonly of: keyof WorkerSpeed;
  readonly format: (value: number) => string;
  readonly share: boolean;
}

const MEASURES: readonly Measure[] = [
  { title: 'Images a second', of: 'imagesPerSecond', format: short, share: false },
  { title: 'Waiting for data', of: 'waiting', format: (value) => percent(value), share: true },
  { title: 'In sums over workers', of: 'inSums', format: (value) => percent(value), share: true },
];

/** What a run's workers did: after each epoch, and last. */
const toldOf = ({ told }: Watched) => {
  const epochs = (told?.epochs ?? []).flatMap(({ epoch, workers }) => (workers ? [{ epoch, workers }] : []));
  return { epochs, last: told?.lastWorkers ?? epochs.at(-1)?.workers };
};

const chart = (name: string, epochs: ReturnType<typeof toldOf>['epochs'], measure: Measure): Html => {
  const { title, of, format, share } = measure;
  const size = Math.min(MOST, epochs[0]?.workers.length ?? 0);
  const series = Array.from({ length: size }, (_, rank) => ({
    method: rank,
    name: `worker ${rank}`,
    points: epochs.map(({ epoch, workers }) => {
      return [epoch + 1, workers[rank]?.[of] ?? NaN, `epoch ${epoch + 1}`] as const;
    }),
  }));
  const ends = series.map((one) => `${one.name} ${format(one.points.at(-1)?.[1] ?? NaN)}`);
  return lineChart({
    ...{ title: html`<b>${title}</b>`, record: of, series, size: [320, 160], xLabel: 'epoch', counted: true },
    description: `${title} of each worker of ${name} by epoch, at the end: ${ends.join(', ')}.`,
    formatX: (x) => `${Math.round(x)}`,
    formatY: format,
    ...(share && { formatTick: percentTick, atMost: 1 }),
  });
};

/** The slowest ones first, where there are more than have a line. */
const rowsOf = (workers: readonly WorkerSpeed[]) => {
  const all = workers.map((speed, rank) => ({ rank, speed }));
  const shown =
    all.length <= MOST
      ? all
      : [...all].sort((a, b) => a.speed.imagesPerSecond - b.speed.imagesPerSecond).slice(0, MOST);
  return shown.map(({ rank, speed }) => ({
    head: `worker ${rank}`,
    cells: MEASURES.map(({ of, format }) => format(speed[of])),
  }));
};

const ofRun = (run: Watched): Html[] => {
  const { epochs, last } = toldOf(run);
  if (!last) return [];
  const which =
    last.length > MOST ? `the ${MOST} slowest of ${last.length} workers` : `${last.length} workers`;
  return [
    html`<h3>${run.name}: ${which}</h3>`,
    table({
      label: `Workers of ${run.name}`,
      columns: MEASURES.map(({ title }) => title),
      rows: rowsOf(last),
    }),
    ...(epochs.length > 1
      ? [html`<div class="grid three">${MEASURES.map((measure) => chart(run.name, epochs, measure))}</div>`]
      : []),
  ];
};

/** Runs that several workers train, rank by rank; undefined where there is none. */
export const ranks = (runs: readonly Watched[]): Section | undefined => {
  const body = runs.flatMap(ofRun);
  if (body.length === 0) return undefined;
  return {
    id: 'workers',
    short: 'Workers',
    title: 'Rank by rank',
    lead:
      'Images a second are those of the time in which a worker computes: the slowest worker sets the pace of all, and the others ' +
      'wait for it in sums. Time in sums is what no computing hides, of one step in fifty whose ops are timed.',
    body,
  };
};
