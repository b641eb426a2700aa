import type { SumTimes } from '@understory/core';

/** Something that took a while, in ms from any moment on. */
interface Span {
  readonly start: number;
  readonly milliseconds: number;
}

type Interval = readonly [from: number, to: number];

/** What spans cover together, in order, without overlaps. */
const union = (spans: readonly Span[]): Interval[] => {
  const covered: [number, number][] = [];
  for (const { start, milliseconds } of [...spans].sort((a, b) => a.start - b.start)) {
    const [end, last] = [start + milliseconds, covered.at(-1)];
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else covered.push([start, end]);
  }
  return covered;
};

const lengthOf = (intervals: readonly Interval[]): number =>
  intervals.reduce((sum, [from, to]) => sum + to - from, 0);

/** What two lists of intervals, each in order and without overlaps, have in common. */
const shared = (a: readonly Interval[], b: readonly Interval[]): number => {
  let [sum, i, k] = [0, 0, 0];
  for (let [x, y] = [a[i], b[k]]; x && y; x = a[i], y = b[k]) {
    sum += Math.max(0, Math.min(x[1], y[1]) - Math.max(x[0], y[0]));
    if (x[1] < y[1]) i++;
    else k++;
  }
  return sum;
};

/** Ops that sum over workers, and those that hand a tensor on and wait for it. */
const SUM = /^(Collective|UnderstoryShared)/;
const WAITS = /^_?(Host)?(Send|Recv)$|^NoOp$/;

/**
 * How a step's time went, by when its ops ran: a sum lasts from when this worker has its part until the result is there, so what
 * the others still compute counts too; it is hidden while another op runs here.
 */
export const sumTimesOf = (nodes: readonly (Span & { readonly op: string })[]): SumTimes => {
  const sums = union(nodes.filter(({ op }) => SUM.test(op)));
  const computing = union(nodes.filter(({ op }) => !SUM.test(op) && !WAITS.test(op)));
  const all = union(nodes);
  const [first, last] = [all[0]?.[0] ?? 0, all.at(-1)?.[1] ?? 0];
  return {
    seconds: (last - first) / 1000,
    inSums: lengthOf(sums) / 1000,
    hidden: shared(sums, computing) / 1000,
  };
};
