import type { GraphNode, Value } from '../graph/value.ts';
import type { Rewriting } from './rewriting.ts';

/** Who takes each value: nodes, or the program's results. */
export type Consumers = ReadonlyMap<Value, readonly (GraphNode | 'result')[]>;

export const consumersOf = (rewriting: Rewriting): Consumers => {
  const consumers = new Map<Value, (GraphNode | 'result')[]>();
  const add = (value: Value, consumer: GraphNode | 'result'): void => {
    const at = rewriting.resolve(value);
    const known = consumers.get(at);
    if (known) known.push(consumer);
    else consumers.set(at, [consumer]);
  };
  for (const value of rewriting.roots()) add(value, 'result');
  for (const node of rewriting.nodes()) for (const input of node.inputs) add(input, node);
  return consumers;
};

/** The one node that takes a value, if it is one of these ops and nobody else takes the value. */
export const onlyConsumer = (
  value: Value,
  consumers: Consumers,
  ops: readonly string[],
): GraphNode | undefined => {
  const [one, ...others] = consumers.get(value) ?? [];
  return one && one !== 'result' && others.length === 0 && ops.includes(one.op) ? one : undefined;
};

export const SUMS: readonly string[] = ['Add', 'AddV2'];

/** The largest value that each ReLU lets through. */
const CEILINGS: Readonly<Record<string, number>> = { Relu: Infinity, Relu6: 6 };
export const RELUS = Object.keys(CEILINGS);

/** 0 for what is no ReLU. */
export const ceilingOf = (op: string): number => CEILINGS[op] ?? 0;
