import { float32, type NdArray, type RecordedGraph, type RecordedNode } from '@understory/core';
import { number } from './attributes.ts';
import { biasedAt, constantNode, type Biased } from './convolutions.ts';
import { withoutUnused } from './foldLayouts.ts';
import { Neighbours } from './neighbours.ts';

const NORMS = new Set(['FusedBatchNorm', 'FusedBatchNormV3']);

/** For each channel, what a norm multiplies by and what it adds then. */
interface Affine {
  readonly factors: Float32Array;
  readonly offsets: Float32Array;
}

/** A norm of fixed statistics; undefined where a node is none. */
const affineOf = (norm: RecordedNode, graph: Neighbours): Affine | undefined => {
  if (!NORMS.has(norm.op)) return undefined;
  const [scales, shifts, means, variances] = [1, 2, 3, 4].map((i) => graph.constant(norm, i)?.data);
  if (!scales || !shifts || !means || !variances) return undefined;
  const epsilon = number(norm, 'epsilon');
  const factors = Float32Array.from(scales, (scale, c) => scale / Math.sqrt((variances[c] ?? 0) + epsilon));
  const offsets = Float32Array.from(shifts, (shift, c) => shift - (means[c] ?? 0) * (factors[c] ?? 0));
  return { factors, offsets };
};

/** A filter whose outputs are multiplied: their side, or their two sides, are its last. */
const multiplied = ({ shape, data }: NdArray, factors: Float32Array): NdArray =>
  float32(
    Float32Array.from(data, (v, i) => v * (factors[i % factors.length] ?? 1)),
    shape,
  );

/** The convolution whose result a norm takes, and nothing else does. */
const beforeNorm = (convolutions: readonly Biased[], norm: RecordedNode, graph: Neighbours) =>
  convolutions.find(({ convolution, sum }) => graph.onlyUser(sum ?? convolution) === norm);

/** A convolution and a sum in place of a convolution, its bias, and a norm. */
const folded = (
  { convolution, filter, bias }: Biased,
  norm: RecordedNode,
  { factors, offsets }: Affine,
): Readonly<Record<string, readonly RecordedNode[]>> => {
  const moved = offsets.map((offset, c) => offset + (bias?.data[c] ?? 0) * (factors[c] ?? 0));
  const [weights, added] = [
    constantNode(`${convolution.name}/normed`, multiplied(filter, factors)),
    constantNode(`${norm.name}/offsets`, float32(moved, [moved.length])),
  ];
  const [image = ''] = convolution.inputs;
  const sum: RecordedNode = {
    ...{ name: norm.name, op: 'Add', inputs: [convolution.name, added.name] },
    ...{ gives: norm.gives.slice(0, 1), attributes: { T: { type: 'DT_FLOAT' } } },
  };
  return {
    [convolution.name]: [weights, { ...convolution, inputs: [image, weights.name] }],
    [norm.name]: [added, sum],
  };
};

/** A graph in which batch norms right after convolutions are part of these: of their filters, and a sum for each channel. */
export const foldNorms = (graph: RecordedGraph): RecordedGraph => {
  const neighbours = new Neighbours(graph);
  const convolutions = graph.nodes.flatMap((node) => biasedAt(node, neighbours) ?? []);
  const changes = new Map<string, readonly RecordedNode[]>();
  for (const norm of graph.nodes) {
    const affine = affineOf(norm, neighbours);
    const found = affine && beforeNorm(convolutions, norm, neighbours);
    if (affine && found)
      Object.entries(folded(found, norm, affine)).forEach((entry) => changes.set(...entry));
  }
  const nodes = graph.nodes.flatMap((node) => changes.get(node.name) ?? [node]);
  return withoutUnused({ ...graph, nodes });
};
