import type { RecordedGraph } from '@understory/core';
import type { Neighbours } from '../graph/neighbours.ts';

/** A function of one number. */
export type Curve = (value: number) => number;

const UNARY: Readonly<Record<string, Curve>> = {
  Neg: (x) => -x,
  Relu: (x) => Math.max(0, x),
  Relu6: (x) => Math.max(0, Math.min(6, x)),
  Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  Tanh: Math.tanh,
};

const BINARY: Readonly<Record<string, (x: number, y: number) => number>> = {
  Add: (x, y) => x + y,
  AddV2: (x, y) => x + y,
  Maximum: Math.max,
  Minimum: Math.min,
  Mul: (x, y) => x * y,
  RealDiv: (x, y) => x / y,
  Sub: (x, y) => x - y,
};

const composed = (op: string, inputs: readonly Curve[]): Curve | undefined => {
  const [first, second] = inputs;
  const [unary, binary] = [UNARY[op], BINARY[op]];
  if (unary && first && !second) return (value) => unary(first(value));
  return binary && first && second ? (value) => binary(first(value), second(value)) : undefined;
};

/**
 * What becomes of each number of a value before anything else comes to it, as SiLU and hard swish do after a convolution: the last result
 * that depends on this number alone. Undefined where that is the value itself, or where there are several.
 */
export const followed = (graph: RecordedGraph, neighbours: Neighbours, value: string): Curve | undefined => {
  const curves = new Map<string, Curve>([[value, (x) => x]]);
  const curveOf = (input: string): Curve | undefined => {
    const { content } = neighbours.at(input);
    const constant = content?.data.length === 1 ? content.data[0] : undefined;
    return constant === undefined ? curves.get(input) : () => constant;
  };
  const start = graph.nodes.findIndex(({ name }) => name === value);
  for (const { name, op, inputs } of graph.nodes.slice(start + 1)) {
    if (!inputs.some((input) => curves.has(input))) continue;
    const known = inputs.map(curveOf).filter((one) => one !== undefined);
    const curve = known.length === inputs.length ? composed(op, known) : undefined;
    if (curve) curves.set(name, curve);
  }
  const last = [...curves.keys()].filter((name) =>
    neighbours.users(neighbours.at(name)).some((user) => !curves.has(user.name)),
  );
  return last.length === 1 && last[0] !== value ? curves.get(last[0] ?? '') : undefined;
};
