import { outputAt, type GraphNode } from '../graph/value.ts';
import { consumersOf } from './consumers.ts';
import type { Pass } from './rewriting.ts';

const OF_IMAGES = /InputGrad$|BackpropInput$/;
const OF_FILTERS = /FilterGrad$|BackpropFilter$/;

/**
 * On the way back a filter's gradient comes before that of its images. TensorFlow takes both in any order, and would leave filters
 * to the end: each of the network's maps, and its gradient, would stay in memory until then.
 */
export const filtersFirst: Pass = (rewriting) => {
  const consumers = consumersOf(rewriting);
  const isOfFilter = (taker: GraphNode | 'result'): taker is GraphNode =>
    taker !== 'result' && OF_FILTERS.test(taker.op);
  for (const node of rewriting.nodes()) {
    if (!OF_IMAGES.test(node.op)) continue;
    const filters = rewriting
      .inputsOf(node)
      .flatMap((value) => (consumers.get(value) ?? []).filter(isOfFilter));
    rewriting.delay(
      node,
      filters.map((one) => outputAt(one, 0)),
    );
  }
};
