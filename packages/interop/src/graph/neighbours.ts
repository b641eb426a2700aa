import { UnderstoryError, type NdArray, type RecordedGraph, type RecordedNode } from '@understory/core';

/** The name of the node that gives a value. */
export const nodeOf = (value: string): string => value.split(':')[0] ?? value;

/** Which of that node's outputs it is. */
export const outputOf = (value: string): number => Number(value.split(':')[1] ?? 0);

/** A graph whose nodes can be asked for what lies before and after them. */
export class Neighbours {
  readonly #nodes: ReadonlyMap<string, RecordedNode>;
  readonly #users = new Map<string, RecordedNode[]>();
  readonly #outputs: ReadonlySet<string>;

  constructor({ nodes, outputs }: RecordedGraph) {
    this.#nodes = new Map(nodes.map((node) => [node.name, node]));
    this.#outputs = new Set(Object.values(outputs).map(nodeOf));
    for (const node of nodes)
      for (const name of new Set(node.inputs.map(nodeOf)))
        this.#users.set(name, [...(this.#users.get(name) ?? []), node]);
  }

  /** The node that gives a value. Errors: `export` where nothing does. */
  at(value: string): RecordedNode {
    const found = this.#nodes.get(nodeOf(value));
    if (found) return found;
    throw new UnderstoryError('export', `The recorded graph takes "${value}", which nothing in it makes.`);
  }

  /** The node that gives an input. Errors: `export` where nothing does. */
  before({ op, inputs }: RecordedNode, i: number): RecordedNode {
    const value = inputs[i];
    if (value !== undefined) return this.at(value);
    throw new UnderstoryError('export', `${op} is recorded without its input ${i}.`);
  }

  /** What a constant input holds; undefined where it is none. */
  constant(node: RecordedNode, i: number): NdArray | undefined {
    return node.inputs[i] === undefined ? undefined : this.before(node, i).content;
  }

  users({ name }: RecordedNode): readonly RecordedNode[] {
    return this.#users.get(name) ?? [];
  }

  isOutput({ name }: RecordedNode): boolean {
    return this.#outputs.has(name);
  }

  /** The one node that takes what a node gives; undefined where several do, none does, or it is an output. */
  onlyUser(node: RecordedNode): RecordedNode | undefined {
    const [user, ...others] = this.users(node);
    return others.length > 0 || this.isOutput(node) ? undefined : user;
  }
}
