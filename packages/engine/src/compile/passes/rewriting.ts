import type { GraphBuilder } from '../graph/graphBuilder.ts';
import type { GraphNode, Value } from '../graph/value.ts';
import type { Program } from '../trace/program.ts';

/** Changes a whole program for the better; new nodes go into its draft. */
export type Pass = (rewriting: Rewriting, draft: GraphBuilder) => void;

/** A program with values put in the place of others. */
export class Rewriting {
  readonly program: Program;
  readonly #instead = new Map<Value, Value>();

  constructor(program: Program) {
    this.program = program;
  }

  /** Whoever takes `value` shall take `other`, which may itself be computed from `value`'s inputs, not from `value`. */
  replace(value: Value, other: Value): void {
    this.#instead.set(value, other);
  }

  resolve(value: Value): Value {
    let now = value;
    for (let next = this.#instead.get(now); next; next = this.#instead.get(now)) now = next;
    return now;
  }

  /** Values that must be computed. */
  roots(): Value[] {
    const { outputs, assigns, created } = this.program;
    return [...outputs, ...assigns, ...created].map(({ value }) => this.resolve(value));
  }

  /** Nodes that take part, each after those whose values it takes. */
  nodes(): GraphNode[] {
    const order = new Set<GraphNode>();
    const entered = new Set<GraphNode>();
    const stack = this.roots().map(({ node }) => node);
    for (let node = stack.at(-1); node; node = stack.at(-1)) {
      const waiting = entered.has(node)
        ? []
        : node.inputs.map((value) => this.resolve(value).node).filter((one) => !order.has(one));
      entered.add(node);
      if (waiting.length > 0) {
        stack.push(...waiting);
        continue;
      }
      order.add(node);
      stack.pop();
    }
    return [...order];
  }

  /** How often each value is taken, as an input or as a result. */
  uses(): Map<Value, number> {
    const counts = new Map<Value, number>();
    const count = (value: Value): void => void counts.set(value, (counts.get(value) ?? 0) + 1);
    for (const value of this.roots()) count(value);
    for (const { inputs } of this.nodes()) for (const input of inputs) count(this.resolve(input));
    return counts;
  }
}
