import { UnderstoryError } from '@understory/core';
import type { Attribute } from './native.ts';

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

export const inputAt = ({ op, inputs }: GraphNode, index: number): Value =>
  inputs[index] ?? missing(`${op} takes no input ${index}`);

export const outputAt = ({ op, outputs }: GraphNode, index: number): Value =>
  outputs[index] ?? missing(`${op} gives no output ${index}`);

/** For values whose rank the graph can tell; a size that it cannot tell is −1. */
export const shapeOf = ({ shape, node }: Value): readonly number[] =>
  shape ?? missing(`The graph cannot tell the shape of what ${node.op} gives`);

const missing = (what: string): never => {
  throw new UnderstoryError('trace-failed', `${what}. Report this with the step that was compiled.`);
};
