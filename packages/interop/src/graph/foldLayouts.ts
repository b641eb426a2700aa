import type { NdArray, RecordedGraph, RecordedNode } from '@understory/core';
import { nodeOf } from './neighbours.ts';
import { transposed } from './transposed.ts';

type Contents = ReadonlyMap<string, NdArray>;

/** What a node makes of constants, where it only lays them out another way; else undefined. */
const laidOut = ({ op, inputs, gives: [type] }: RecordedNode, contents: Contents): NdArray | undefined => {
  const [content, order] = inputs.map((name) => contents.get(name));
  if (!content || !type) return undefined;
  if (op === 'Reshape') return { ...content, shape: type.shape };
  return op === 'Transpose' && order ? transposed(content, [...order.data]) : undefined;
};

const folded = (node: RecordedNode, contents: Contents): RecordedNode => {
  const content = laidOut(node, contents);
  if (!content) return node;
  return { ...node, op: 'Const', inputs: [], attributes: { dtype: node.attributes['T'] }, content };
};

/** A graph without the nodes that no output depends on; its inputs stay. */
export const withoutUnused = (graph: RecordedGraph): RecordedGraph => {
  const wanted = new Set(Object.values(graph.outputs).map(nodeOf));
  for (const { name, inputs } of [...graph.nodes].reverse())
    if (wanted.has(name)) inputs.forEach((input) => wanted.add(nodeOf(input)));
  const nodes = graph.nodes.filter(({ name, op }) => wanted.has(name) || op === 'Placeholder');
  return { ...graph, nodes };
};

/**
 * A graph in which weights are constants where they are used: without reshapes and transposes of constants, which tfjs's layers record for
 * their kernels, and without what is unused then.
 */
export const foldLayouts = (graph: RecordedGraph): RecordedGraph => {
  const contents = new Map<string, NdArray>();
  const nodes = graph.nodes.map((node) => {
    const made = folded(node, contents);
    if (made.content) contents.set(made.name, made.content);
    return made;
  });
  return withoutUnused({ ...graph, nodes });
};
