import { attribute, sameList } from '../graph/attributes.ts';
import { TF } from '../graph/native.ts';
import { elementsIn, outputAt, shapeOf, type GraphNode, type Value } from '../graph/value.ts';
import type { Pass, Rewriting } from './rewriting.ts';

/** What `native/elementwise.h` knows. */
const OPS: ReadonlySet<string> = new Set([
  ...['Add', 'AddV2', 'Sub', 'Mul', 'RealDiv', 'Maximum', 'Minimum'],
  ...['Square', 'Sqrt', 'Neg'],
]);

/** Fewer numbers than these are gone through so fast that nothing is to be gained. */
const FEWEST = 4096;

/** Most operands of an expression, and the deepest that its stack gets. */
const MOST = 12;

/**
 * Trees of elementwise operations, as optimizers and augmentations are made of, in one op: each operand goes through
 * memory once, and what lies between them does not. The results are the same to the last bit.
 */
export const fuseElementwise: Pass = (rewriting, draft) => {
  const uses = rewriting.uses();
  const inner = new Set<GraphNode>();
  for (const node of rewriting.nodes().reverse()) {
    if (inner.has(node) || !isElementwise(node, rewriting)) continue;
    const tree = treeOf(node, rewriting, uses);
    if (tree.members.length < 2) continue;
    for (const member of tree.members) inner.add(member);
    const result = outputAt(node, 0);
    const fused = draft.add(
      'UnderstoryElementwise',
      tree.operands,
      [attribute.string('expression', tree.words.join(' ')), attribute.int('N', tree.operands.length)],
      { shapes: [shapeOf(result)] },
    );
    rewriting.replace(result, outputAt(fused, 0));
  }
};

interface Tree {
  /** In postfix notation. */
  readonly words: string[];
  readonly operands: Value[];
  readonly members: GraphNode[];
}

/** Longest vector that every row takes, which is kept ready for a row to begin anywhere in it. */
const LONGEST = 4096;

/** Whether a value is of this shape, a single number, or of the shape's last sizes: the same numbers for all rows. */
const goesWith = (given: readonly number[], shape: readonly number[]): boolean => {
  if (given.length === 0 || sameList(given, shape)) return true;
  const first = given.findIndex((size) => size !== 1);
  const row = first < 0 ? [] : given.slice(first);
  return (
    given.length <= shape.length &&
    row.length > 0 &&
    elementsIn(row) <= LONGEST &&
    sameList(row, shape.slice(shape.length - row.length))
  );
};

/** Whether all that a node takes is of one shape, a single number, or the same for all rows. */
const isElementwise = ({ op, inputs, outputs }: GraphNode, rewriting: Rewriting): boolean => {
  const [result] = outputs;
  const shape = result?.dtype === TF.float32 ? result.shape : null;
  if (!OPS.has(op) || !shape || elementsIn(shape) < FEWEST) return false;
  return inputs
    .map((input) => rewriting.resolve(input))
    .every(({ shape: given, dtype }) => dtype === TF.float32 && given && goesWith(given, shape));
};

/** A node with all above it that nobody else takes. */
const treeOf = (root: GraphNode, rewriting: Rewriting, uses: ReadonlyMap<Value, number>): Tree => {
  const tree: Tree = { words: [], operands: [], members: [] };
  const shape = shapeOf(outputAt(root, 0));
  const visit = (node: GraphNode, waiting: number): void => {
    for (const [i, given] of node.inputs.entries()) {
      const input = rewriting.resolve(given);
      const isInner = uses.get(input) === 1 && sameList(shapeOf(input), shape) && waiting + i < MOST;
      const own = isInner && isElementwise(input.node, rewriting);
      // What is still to come needs room as well.
      if (own && tree.operands.length + node.inputs.length < MOST) visit(input.node, waiting + i);
      else tree.words.push(String(operandOf(input, tree)));
    }
    tree.words.push(node.op);
    tree.members.push(node);
  };
  visit(root, 0);
  return tree;
};

const operandOf = (value: Value, { operands }: Tree): number => {
  const known = operands.indexOf(value);
  return known >= 0 ? known : operands.push(value) - 1;
};
