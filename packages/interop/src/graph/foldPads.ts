import type { RecordedGraph, RecordedNode } from '@understory/core';
import { text } from './attributes.ts';
import { isConvolution } from './convolutions.ts';
import { withoutUnused } from './foldLayouts.ts';
import { Neighbours } from './neighbours.ts';

/** [before, after] of each side of [B, H, W, C], where a node puts zeros around maps and nothing else. */
const zerosAround = (node: RecordedNode, graph: Neighbours): readonly number[] | undefined => {
  if (node.op !== 'Pad' && node.op !== 'PadV2') return undefined;
  const pads = graph.constant(node, 1);
  const value = node.op === 'Pad' ? 0 : graph.constant(node, 2)?.data[0];
  if (pads?.data.length !== 8 || value !== 0) return undefined;
  const sizes = [...pads.data];
  return [0, 1, 6, 7].every((i) => sizes[i] === 0) ? sizes : undefined;
};

const padded = (node: RecordedNode, graph: Neighbours): RecordedNode => {
  if (!isConvolution(node) || text(node, 'padding') !== 'VALID') return node;
  const before = graph.before(node, 0);
  const zeros = zerosAround(before, graph);
  const [image] = before.inputs;
  if (!zeros || image === undefined) return node;
  const more = {
    padding: { s: btoa('EXPLICIT') },
    explicit_paddings: { list: { i: zeros.map(String) } },
  };
  return {
    ...node,
    inputs: [image, ...node.inputs.slice(1)],
    attributes: { ...node.attributes, ...more },
  };
};

/** A graph in which zeros around maps are part of the convolution that takes them. */
export const foldPads = (graph: RecordedGraph): RecordedGraph => {
  const neighbours = new Neighbours(graph);
  return withoutUnused({ ...graph, nodes: graph.nodes.map((node) => padded(node, neighbours)) });
};
