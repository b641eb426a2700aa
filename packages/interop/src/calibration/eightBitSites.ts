import type { NdArray, RecordedGraph, RecordedNode } from '@understory/core';
import { biasedAt, type Biased } from '../graph/convolutions.ts';
import { Neighbours, nodeOf } from '../graph/neighbours.ts';

const PRODUCTS = new Set(['MatMul', 'BatchMatMul', 'BatchMatMulV2']);
const ACTIVATIONS = new Set(['Relu', 'Relu6']);
/** Ops that only move or choose numbers: their result has their input's range. */
const MOVES = new Set(['Reshape', 'ExpandDims', 'Squeeze', 'Transpose', 'MaxPool', 'ResizeNearestNeighbor']);

/** Where a network computes in 8 bits, and which of its values are rounded for that. */
export interface EightBitSites {
  /** Names of the convolutions and products that do. */
  readonly layers: ReadonlySet<string>;
  /** Names of values whose range has to be measured. */
  readonly measured: readonly string[];
  /** Values that take the range of another one, by their names. */
  readonly same: ReadonlyMap<string, string>;
  /** What a convolution adds to each channel, by its name. */
  readonly biases: ReadonlyMap<string, NdArray>;
  /** Sums that are part of a convolution: which, by their names. */
  readonly sums: ReadonlyMap<string, string>;
}

/** The last of what runs as one with a convolution: its bias, and an activation that cuts off. */
const endOf = ({ convolution, sum }: Biased, graph: Neighbours): RecordedNode => {
  const last = sum ?? convolution;
  const next = graph.onlyUser(last);
  return next && ACTIVATIONS.has(next.op) ? next : last;
};

const isWeighted = (node: RecordedNode, graph: Neighbours): boolean =>
  PRODUCTS.has(node.op) && graph.constant(node, 1) !== undefined && graph.constant(node, 0) === undefined;

/** A value, and those before it that it has its numbers from. */
const wayTo = (value: string, graph: Neighbours): readonly [string, ...string[]] => {
  const { op, inputs } = graph.at(value);
  const [from] = inputs;
  return MOVES.has(op) && from !== undefined ? [value, ...wayTo(from, graph)] : [value];
};

/** Nodes that some of these take something from, on whatever way. */
const leadingTo = ({ nodes }: RecordedGraph, sites: ReadonlySet<RecordedNode>): ReadonlySet<string> => {
  const leading = new Set<string>();
  for (const node of [...nodes].reverse())
    if (sites.has(node) || leading.has(node.name)) node.inputs.forEach((input) => leading.add(nodeOf(input)));
  return leading;
};

/**
 * Convolutions and products with weights run in 8 bits, all or those that `wanted` takes: what they take is rounded, and what a convolution
 * gives, after its bias and a ReLU. What leads to no further one stays as it is: the scores that a network ends in.
 */
export const eightBitSites = (
  graph: RecordedGraph,
  wanted: (layer: string) => boolean = () => true,
): EightBitSites => {
  const neighbours = new Neighbours(graph);
  const layers = graph.nodes.filter(({ name }) => wanted(name));
  const convolutions = layers.flatMap((node) => biasedAt(node, neighbours) ?? []);
  const sites = new Set([
    ...convolutions.map(({ convolution }) => convolution),
    ...layers.filter((node) => isWeighted(node, neighbours)),
  ]);
  const leading = leadingTo(graph, sites);
  const ends = convolutions.map((one) => endOf(one, neighbours)).filter(({ name }) => leading.has(name));
  const taken = [...sites].flatMap(({ inputs }) => inputs.slice(0, 1));
  const ways = [...taken, ...ends.map(({ name }) => name)].map((value) => wayTo(value, neighbours));
  const biased = convolutions.flatMap(({ convolution, sum, bias }) =>
    sum && bias ? [{ name: convolution.name, sum: sum.name, bias }] : [],
  );
  return {
    layers: new Set([...sites].map(({ name }) => name)),
    measured: [...new Set(ways.map((way) => way.at(-1) ?? way[0]))],
    same: new Map(ways.flatMap((way) => way.slice(0, -1).map((value) => [value, way.at(-1) ?? value]))),
    biases: new Map(biased.map(({ name, bias }) => [name, bias])),
    sums: new Map(biased.map(({ name, sum }) => [sum, name])),
  };
};
