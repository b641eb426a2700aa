import type { GraphBuilder } from '../graph/graphBuilder.ts';
import { inputAt, type GraphNode, type Value } from '../graph/value.ts';
import type { Program } from '../trace/program.ts';

/** Changes a whole program for the better; new nodes go into its draft. */
export type Pass = (rewriting: Rewriting, draft: GraphBuilder) => void;

interface Before {
  readonly needs: (node: GraphNode) => readonly GraphNode[];
  readonly waits: (node: GraphNode) => readonly GraphNode[];
}

/**
 * Nodes after what they need and what they wait for, with the latter. What has gone into an op that is waited for may need the
 * waiting node: that one comes when all else is there that the op takes.
 */
const inTurn = (nodes: readonly GraphNode[], { needs, waits }: Before): Map<GraphNode, GraphNode[]> => {
  const done = new Map<GraphNode, GraphNode[]>();
  const isDone = (node: GraphNode): boolean => done.has(node);
  const left = new Map(nodes.map((node) => [node, new Set([...needs(node), ...waits(node)])]));
  const after = new Map<GraphNode, GraphNode[]>();
  for (const [node, before] of left) {
    for (const one of before) {
      const known = after.get(one);
      if (known) known.push(node);
      else after.set(one, [node]);
    }
  }
  /** What is still to come before all that a node waits for is there. */
  const missingTo = (node: GraphNode): Set<GraphNode> => {
    const missing = new Set(waits(node).filter((one) => !isDone(one)));
    for (const one of missing) for (const before of needs(one)) if (!isDone(before)) missing.add(before);
    return missing;
  };
  /** Of the nodes that wait alone one that all others wait for. */
  const stuck = (): GraphNode | undefined => {
    const waiting = nodes.filter((node) => !isDone(node) && needs(node).every(isDone));
    const isFirst = (node: GraphNode): boolean => {
      const missing = missingTo(node);
      return waiting.every((one) => one === node || !missing.has(one));
    };
    return waiting.find(isFirst) ?? waiting[0];
  };
  const ready = nodes.filter((node) => left.get(node)?.size === 0);
  for (let node = ready.shift() ?? stuck(); node; node = ready.shift() ?? stuck()) {
    if (isDone(node)) continue;
    const instead = [...missingTo(node)].flatMap((one) => needs(one).filter(isDone));
    done.set(node, [...new Set([...waits(node).filter(isDone), ...instead])]);
    for (const next of after.get(node) ?? []) {
      const before = left.get(next);
      before?.delete(node);
      if (before?.size === 0) ready.push(next);
    }
  }
  return done;
};

/** A program with values put in the place of others. */
export class Rewriting {
  readonly program: Program;
  readonly #instead = new Map<Value, Value>();
  readonly #delays = new Map<GraphNode, readonly Value[]>();

  constructor(program: Program) {
    this.program = program;
  }

  /** Whoever takes `value` shall take `other`, which may itself be computed from `value`'s inputs, not from `value`. */
  replace(value: Value, other: Value): void {
    this.#instead.set(value, other);
  }

  /** `node` shall not begin before all of `until` are there; what is computed no more stands for what it was computed from. */
  delay(node: GraphNode, until: readonly Value[]): void {
    if (until.length > 0) this.#delays.set(node, [...this.delaysOf(node), ...until]);
  }

  delaysOf(node: GraphNode): readonly Value[] {
    return this.#delays.get(node) ?? [];
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
      const waiting = entered.has(node) ? [] : this.#nodesBefore(node).filter((one) => !order.has(one));
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

  /** The nodes in an order in which they may be added to a graph, with those that each one waits for beside its inputs. */
  schedule(): ReadonlyMap<GraphNode, readonly GraphNode[]> {
    const nodes = this.nodes();
    const computed = new Set(nodes);
    const waits = new Map([...this.#delays.keys()].map((node) => [node, this.#awaited(node, computed)]));
    return inTurn(nodes, {
      needs: (node) => this.#nodesBefore(node),
      waits: (node) => waits.get(node) ?? [],
    });
  }

  #awaited(node: GraphNode, computed: ReadonlySet<GraphNode>): GraphNode[] {
    const found = new Set(this.delaysOf(node).map((value) => this.resolve(value).node));
    for (const one of found) {
      if (!computed.has(one)) for (const before of this.#nodesBefore(one)) found.add(before);
    }
    return [...found].filter((one) => computed.has(one));
  }

  inputsOf({ inputs }: GraphNode): Value[] {
    return inputs.map((value) => this.resolve(value));
  }

  /** Nodes that a value is computed from, its own included. */
  ancestorsOf(value: Value): Set<GraphNode> {
    const found = new Set([value.node]);
    for (const node of found) for (const before of this.#nodesBefore(node)) found.add(before);
    return found;
  }

  /** Nodes that are computed from a value, in order. */
  computedFrom(value: Value): Set<GraphNode> {
    const found = new Set<GraphNode>();
    for (const node of this.nodes()) {
      if (this.inputsOf(node).some((input) => input === value || found.has(input.node))) found.add(node);
    }
    return found;
  }

  /** Nodes that are computed from a value and that another one is computed from, its own included, in order. */
  between(from: Value, to: Value): GraphNode[] {
    const before = this.ancestorsOf(to);
    return [...this.computedFrom(from)].filter((node) => before.has(node));
  }

  #nodesBefore(node: GraphNode): GraphNode[] {
    return this.inputsOf(node).map((value) => value.node);
  }

  /** How often each value is taken, as an input or as a result. */
  uses(): Map<Value, number> {
    const counts = new Map<Value, number>();
    const count = (value: Value): void => void counts.set(value, (counts.get(value) ?? 0) + 1);
    for (const value of this.roots()) count(value);
    for (const node of this.nodes()) for (const input of this.inputsOf(node)) count(input);
    return counts;
  }
}

/** What a value is a reshaped form of. */
export const unshaped = (value: Value, rewriting: Rewriting): Value => {
  let now = value;
  while (now.node.op === 'Reshape') now = rewriting.resolve(inputAt(now.node, 0));
  return now;
};
