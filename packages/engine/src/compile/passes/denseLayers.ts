import { sameList } from '../graph/attributes.ts';
import type { GraphBuilder } from '../graph/graphBuilder.ts';
import { elementsIn, inputAt, outputAt, shapeOf, type GraphNode, type Value } from '../graph/value.ts';
import type { Pass, Rewriting } from './rewriting.ts';

/** What is worth the addon's own products: at least so many numbers in the weights, and so many rows that go through them. */
const LARGE = [
  { weights: 2 ** 15, rows: 512 },
  // TensorFlow's product of few rows and VGG's weights took a hundred times as long as reading these.
  { weights: 2 ** 21, rows: 1 },
];

/**
 * Dense layers with many weights and rows, such as those of a detector's regions or a transformer's tokens, or with very many
 * weights, such as VGG's, and their gradients, by the addon's kernels (`native/dense.h`). Smaller heads over the images of a batch
 * gain nothing; products of matrices neither of which is a weight are parts of losses. Both stay as they are.
 */
export const ownDenseLayers: Pass = (rewriting, draft) => {
  const products = rewriting.nodes().flatMap((node) => productOf(node, rewriting) ?? []);
  const layers = products.filter((one) => one.turned === '' && isLarge(one, rewriting));
  for (const product of products) {
    const op = opOf(product, layers, rewriting);
    if (op) replace(product, op, rewriting, draft);
  }
};

/** A product of two matrices, of which the one that `turned` names is transposed. */
interface MatrixProduct {
  readonly node: GraphNode;
  readonly a: Value;
  readonly b: Value;
  readonly turned: '' | 'a' | 'b';
}

/** The attributes that say which matrix is transposed. */
const TURNED: Readonly<Record<string, readonly [a: string, b: string]>> = {
  MatMul: ['transpose_a', 'transpose_b'],
  BatchMatMulV2: ['adj_x', 'adj_y'],
};

/** Whether a value is one matrix: tfjs's layers give theirs as the only one of a batch. */
const isMatrix = ({ shape }: Value): boolean =>
  shape !== null && shape.length >= 2 && shape.slice(0, -2).every((size) => size === 1);

/** Null for other ops, where both are transposed, and where there are more matrices. */
const productOf = (node: GraphNode, rewriting: Rewriting): MatrixProduct | null => {
  const names = TURNED[node.op];
  if (!names) return null;
  const [a, b] = [rewriting.resolve(inputAt(node, 0)), rewriting.resolve(inputAt(node, 1))];
  const [isTurnedA, isTurnedB] = names.map((wanted) =>
    node.attributes.some(({ name, value }) => name === wanted && value === true),
  );
  if ((isTurnedA && isTurnedB) || ![a, b].every(isMatrix)) return null;
  return { node, a, b, turned: isTurnedA ? 'a' : isTurnedB ? 'b' : '' };
};

/** Whether many rows, `a`, meet many weights, `b`. */
const isLarge = ({ a, b }: MatrixProduct, rewriting: Rewriting): boolean => {
  const given = elementsIn(shapeOf(b));
  const met = shapeOf(a).at(-2) ?? 0;
  return (
    rewriting.program.reads.has(unshaped(b, rewriting)) &&
    LARGE.some(({ weights, rows }) => given >= weights && met >= rows)
  );
};

/** What a value is a reshaped form of. */
const unshaped = (value: Value, rewriting: Rewriting): Value => {
  let now = value;
  while (now.node.op === 'Reshape') now = rewriting.resolve(inputAt(now.node, 0));
  return now;
};

const opOf = (
  product: MatrixProduct,
  layers: readonly MatrixProduct[],
  rewriting: Rewriting,
): string | null => {
  const { node, a, turned } = product;
  if (turned === '') return layers.includes(product) ? 'UnderstoryDense' : null;
  if (turned === 'b') return isLarge(product, rewriting) ? 'UnderstoryDenseInputGrad' : null;
  const shape = shapeOf(outputAt(node, 0));
  const isOfLayer = layers.some((layer) => layer.a === a && sameList(shapeOf(layer.b), shape));
  return isOfLayer ? 'UnderstoryDenseFilterGrad' : null;
};

const replace = (
  { node, a, b }: MatrixProduct,
  op: string,
  rewriting: Rewriting,
  draft: GraphBuilder,
): void => {
  const result = outputAt(node, 0);
  const inputs = [a, b].map((value) => rewriting.resolve(value));
  rewriting.replace(result, draft.value(op, inputs, [], { shapes: [shapeOf(result)] }));
};
