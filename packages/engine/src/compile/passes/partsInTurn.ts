import { elementsIn, type GraphNode, type Value } from '../graph/value.ts';
import type { Pass, Rewriting } from './rewriting.ts';

/** Smaller matrices take no room that counts. */
const LARGE = 2 ** 18;

const givesLarge = ({ outputs }: GraphNode): boolean =>
  outputs.some(({ shape }) => shape?.length === 2 && elementsIn(shape) >= LARGE);

/**
 * Parts of a concatenation that are made by way of large matrices, as a loss makes them that goes through its rows in blocks, are
 * computed one after another. TensorFlow begins whatever it can, and would hold the matrices of all parts at once.
 */
export const partsInTurn: Pass = (rewriting) => {
  const byWayOfLarge = new Set<GraphNode>();
  for (const node of rewriting.nodes()) {
    const before = rewriting.inputsOf(node).filter((input) => byWayOfLarge.has(input.node));
    if (before.length > 0 || givesLarge(node)) byWayOfLarge.add(node);
    if (node.op === 'ConcatV2' && before.length > 1) oneAfterAnother(partsOf(node, rewriting), rewriting);
  }
};

interface Part {
  readonly value: Value;
  /** What no other part is computed from, and is computed itself. */
  readonly own: ReadonlySet<GraphNode>;
}

const partsOf = (node: GraphNode, rewriting: Rewriting): readonly Part[] => {
  const values = rewriting.inputsOf(node).slice(0, -1); // the last one is the axis
  const all = values.map((value) => ({ value, before: rewriting.ancestorsOf(value) }));
  const uses = new Map<GraphNode, number>();
  for (const { before } of all) for (const one of before) uses.set(one, (uses.get(one) ?? 0) + 1);
  return all.map(({ value, before }) => ({
    value,
    own: new Set([...before].filter((one) => uses.get(one) === 1 && one.inputs.length > 0)),
  }));
};

/** What a part begins with waits for the part before it. */
const oneAfterAnother = (parts: readonly Part[], rewriting: Rewriting): void => {
  let before: Value | undefined;
  for (const { value, own } of parts) {
    if (![...own].some(givesLarge)) continue;
    const begins = (node: GraphNode): boolean =>
      !rewriting.inputsOf(node).some((input) => own.has(input.node));
    if (before) for (const node of own) if (begins(node)) rewriting.delay(node, [before]);
    before = value;
  }
};
