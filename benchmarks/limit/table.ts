import type { NodeTime } from '../../packages/engine/src/index.ts';
import type { Peaks } from './peaks.ts';
import { timeOf, workOf, type Work } from './work.ts';

/** Ops of one kind in a step. Times in milliseconds. */
interface Row {
  readonly kind: string;
  readonly count: number;
  readonly time: number;
  readonly limit: number;
  /** How much of the limit is that of products, the rest being memory's. */
  readonly byProducts: number;
  readonly products: number;
  readonly bytes: number;
}

/** The least time that an op can take, by products and by memory. */
const limitsOf = ({ products, type, bytes }: Work, peaks: Peaks): readonly [number, number] => [
  products / peaks[type],
  bytes / peaks.memory,
];

const rowOf = (node: NodeTime, work: Work, peaks: Peaks): Row => {
  const [byProducts, byMemory] = limitsOf(work, peaks);
  return {
    ...{ kind: work.kind, count: 1, time: timeOf(node), limit: Math.max(byProducts, byMemory) },
    byProducts: byProducts > byMemory ? byProducts : 0,
    ...{ products: work.products, bytes: work.bytes },
  };
};

const together = (kind: string, rows: readonly Row[]): Row => {
  const sum = (key: Exclude<keyof Row, 'kind'>): number => rows.reduce((total, row) => total + row[key], 0);
  return {
    ...{ kind, count: sum('count'), time: sum('time'), limit: sum('limit'), byProducts: sum('byProducts') },
    ...{ products: sum('products'), bytes: sum('bytes') },
  };
};

/** Kinds that take less than this share of a step are one row. */
const SMALL = 0.01;

const lineOf = ({ kind, count, time, limit, byProducts, products, bytes }: Row): string =>
  `| ${[
    ...[
      kind,
      count,
      time.toFixed(1),
      (products / 1e9).toFixed(2),
      (bytes / 1e6).toFixed(0),
      limit.toFixed(1),
    ],
    ...[byProducts > limit / 2 ? 'products' : 'memory', `${((100 * limit) / time).toFixed(0)} %`],
    (time - limit).toFixed(1),
  ].join(' | ')} |`;

const HEADINGS = [
  'op',
  'count',
  'ms',
  'multiply-adds, 10⁹',
  'MB',
  'limit, ms',
  'set by',
  'reached',
  'lost, ms',
];

/** The table of a step's ops, those first that lose most; its last line is the whole step. */
export const limitTable = (nodes: readonly NodeTime[], peaks: Peaks): string => {
  const all = nodes.flatMap((node) => {
    const work = workOf(node);
    return work ? [rowOf(node, work, peaks)] : [];
  });
  const step = together('the whole step', all);
  const byKind = [...new Set(all.map(({ kind }) => kind))].map((kind) =>
    together(
      kind,
      all.filter((row) => row.kind === kind),
    ),
  );
  const large = byKind.filter(({ time }) => time >= SMALL * step.time);
  const small = byKind.filter(({ time }) => time < SMALL * step.time);
  const rows = [
    ...large.sort((a, b) => b.time - b.limit - (a.time - a.limit)),
    ...(small.length > 0 ? [together('all others', small)] : []),
    step,
  ];
  return [
    `| ${HEADINGS.join(' | ')} |`,
    `| --- | ${HEADINGS.slice(1)
      .map(() => '---:')
      .join(' | ')} |`,
    ...rows.map(lineOf),
  ].join('\n');
};
