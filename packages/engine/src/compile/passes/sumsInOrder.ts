import { numberOf } from '../graph/attributes.ts';
import { inputAt, outputAt, type GraphNode, type Value } from '../graph/value.ts';
import type { Pass, Rewriting } from './rewriting.ts';

interface Sum {
  readonly take: GraphNode;
  readonly put: Value;
}

/** In the order of their numbers. */
const sumsOf = (rewriting: Rewriting): Sum[] =>
  rewriting
    .nodes()
    .filter(({ op }) => op === 'UnderstorySharedTake')
    .sort((a, b) => numberOf(a.attributes, 'number') - numberOf(b.attributes, 'number'))
    .map((take) => ({ take, put: rewriting.resolve(inputAt(take, 0)) }));

/**
 * Sums through shared memory are taken one after another, in the order of their numbers, which all workers have: a worker that waits
 * has put whatever others may wait for, so none waits in a circle. And none is taken before those that follow and do not need it
 * are put: an op that waits for other workers holds a thread, and they have most likely put theirs by then.
 */
export const sumsInOrder: Pass = (rewriting) => {
  const sums = sumsOf(rewriting);
  const takes = sums.map(({ take }) => take);
  /** Of each sum the last one that it needs: what is taken until then must not wait for it. */
  const needs = sums.map(({ put }) => {
    const before = rewriting.ancestorsOf(put);
    return takes.findLastIndex((take) => before.has(take));
  });
  let awaited = 0; // so many are put before the next one is taken
  for (const [i, take] of takes.entries()) {
    const before = takes[i - 1];
    const until: Value[] = before ? [outputAt(before, 0)] : [];
    awaited = Math.max(awaited, i + 1);
    for (; awaited < sums.length && (needs[awaited] ?? i) < i; awaited++) {
      const next = sums[awaited];
      if (next) until.push(next.put);
    }
    rewriting.delay(take, until);
  }
};
