import { UnderstoryError } from '@understory/core';
import { KIND, type Attribute, type TensorContent } from './native.ts';

/** One output of a node in the graph. */
export interface Value {
  /** The addon's number of it. */
  readonly id: number;
  readonly dtype: number;
  /** Null where the graph cannot tell the rank, −1 for a size that it cannot tell. */
  readonly shape: readonly number[] | null;
  readonly node: GraphNode;
  /** Which of the node's outputs it is. */
  readonly index: number;
}

export interface GraphNode {
  readonly op: string;
  readonly name: string;
  /** The addon's number of it. */
  readonly id: number;
  readonly inputs: readonly Value[];
  readonly attributes: readonly Attribute[];
  readonly outputs: readonly Value[];
}

export const inputAt = ({ op, inputs }: Pick<GraphNode, 'op' | 'inputs'>, index: number): Value =>
  inputs[index] ?? missing(`${op} takes no input ${index}`);

export const outputAt = ({ op, outputs }: GraphNode, index: number): Value =>
  outputs[index] ?? missing(`${op} gives no output ${index}`);

/** How many elements a shape has, whose sizes are all known. */
export const elementsIn = (shape: readonly number[]): number =>
  shape.reduce((product, size) => product * size, 1);

/** For values whose rank the graph can tell; a size that it cannot tell is −1. */
export const shapeOf = ({ shape, node }: Value): readonly number[] =>
  shape ?? missing(`The graph cannot tell the shape of what ${node.op} gives`);

/** What a constant holds; null for any other node. */
export const contentOf = ({ op, attributes }: GraphNode): TensorContent | null => {
  const value = op === 'Const' ? attributes.find(({ type }) => type === KIND.tensor)?.value : null;
  return typeof value === 'object' && value !== null && 'data' in value ? value : null;
};

/** Ops of the engine's own addon begin so. The graph cannot infer their shapes: whoever adds one tells them. */
const OWN = 'Understory';
export const isOwn = ({ op }: Pick<GraphNode, 'op'>): boolean => op.startsWith(OWN);

/** The shapes that adding the same node again must tell. */
export const toldShapes = (node: GraphNode): (readonly number[])[] =>
  isOwn(node) ? node.outputs.map(shapeOf) : [];

const missing = (what: string): never => {
  throw new UnderstoryError('trace-failed', `${what}. Report this with the step that was compiled.`);
};
