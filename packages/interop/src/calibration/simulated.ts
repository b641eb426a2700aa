import { float32, type NdArray, type RecordedGraph, type RecordedNode } from '@understory/core';
import { flag } from '../graph/attributes.ts';
import { constantNode } from '../graph/convolutions.ts';
import { eightBits } from '../graph/eightBits.ts';
import { Neighbours, outputOf } from '../graph/neighbours.ts';
import type { ActivationRange } from './activationRange.ts';
import type { Rounding } from './rounding.ts';

/** Sizes of a layer's weights in which the side with a scale each is one, and which it is. */
const channelsOf = (node: RecordedNode, { shape }: NdArray): readonly [readonly number[], number] => {
  if (node.op === 'DepthwiseConv2dNative')
    return [[...shape.slice(0, 2), shape.slice(2).reduce((a, b) => a * b, 1)], 2];
  const turned = flag(node, 'adj_y') || flag(node, 'transpose_b');
  return [shape, shape.length - (turned ? 2 : 1)];
};

/** Weights as they are once they were in 8 bits. */
const onceRounded = (node: RecordedNode, weights: NdArray): NdArray => {
  const [shape, axis] = channelsOf(node, weights);
  const { numbers, scales } = eightBits({ ...weights, shape }, axis);
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const scaleAt = (at: number): number => scales[Math.floor(at / inner) % scales.length] ?? 0;
  return float32(
    Float32Array.from(numbers, (v, at) => v * scaleAt(at)),
    weights.shape,
  );
};

const roundedName = (value: string): string => `${value.replace(':', '/')}/rounded`;

const roundingNode = (value: string, node: RecordedNode, { scale, zero }: ActivationRange): RecordedNode => ({
  ...{ name: roundedName(value), op: 'FakeQuantWithMinMaxArgs', inputs: [value] },
  gives: node.gives.slice(outputOf(value)).slice(0, 1),
  attributes: {
    min: { f: -zero * scale },
    max: { f: (255 - zero) * scale },
    num_bits: { i: '8' },
    narrow_range: { b: false },
  },
});

/** A node that takes rounded values and weights, and what rounds those that it gives. */
const simulatedNode = (
  node: RecordedNode,
  graph: Neighbours,
  rounding: Rounding,
): readonly RecordedNode[] => {
  const { ranges, layers } = rounding;
  const inputs = node.inputs.map((value) => (ranges.has(value) ? roundedName(value) : value));
  const given = node.gives.flatMap((_, i) => {
    const value = i === 0 ? node.name : `${node.name}:${i}`;
    const range = ranges.get(value);
    return range ? [roundingNode(value, node, range)] : [];
  });
  const weights = layers.has(node.name) ? graph.constant(node, 1) : undefined;
  if (!weights) return [{ ...node, inputs }, ...given];
  const constant = constantNode(`${node.name}/rounded-weights`, onceRounded(node, weights));
  return [constant, { ...node, inputs: [inputs[0] ?? '', constant.name, ...inputs.slice(2)] }, ...given];
};

/** A graph of floats that gives what another one gives in 8 bits: values and weights are rounded to what 8 bits hold of them. */
export const simulated = (graph: RecordedGraph, rounding: Rounding): RecordedGraph => {
  const neighbours = new Neighbours(graph);
  const outputs = Object.entries(graph.outputs).map(([name, value]) => [
    name,
    rounding.ranges.has(value) ? roundedName(value) : value,
  ]);
  return {
    ...graph,
    nodes: graph.nodes.flatMap((node) => simulatedNode(node, neighbours, rounding)),
    outputs: Object.fromEntries(outputs) as Record<string, string>,
  };
};
