import { sameList } from '../graph/attributes.ts';
import type { GraphBuilder } from '../graph/graphBuilder.ts';
import { inputAt, outputAt, shapeOf, type GraphNode, type Value } from '../graph/value.ts';
import type { Pass, Rewriting } from './rewriting.ts';

/** What is worth the addon's own products: at least so many numbers in the weights, and so many rows that go through them. */
const LARGE = { weights: 2 ** 20, rows: 512 };

/**
 * Dense layers with many weights and rows, such as those of a detector's regions, and their gradients, by the addon's kernels
 * (`native/dense.h`). Heads over the images of a batch have too few rows to gain; products of matrices neither of which is a
 * weight are parts of losses. Both stay as they are.
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

/** Null for other ops, and where both or more than two dimensions are involved. */
const productOf = (node: GraphNode, rewriting: Rewriting): MatrixProduct | null => {
  const names = TURNED[node.op];
  if (!names) return null;
  const [a, b] = [rewriting.resolve(inputAt(node, 0)), rewriting.resolve(inputAt(node, 1))];
  const [isTurnedA, isTurnedB] = names.map((wanted) =>
    node.attributes.some(({ name, value }) => name === wanted && value === true),
  );
  if ((isTurnedA && isTurnedB) || [a, b].some(({ shape }) => shape?.length !== 2)) return null;
  return { node, a, b, turned: isTurnedA ? 'a' : isTurnedB ? 'b' : '' };
};

/** Whether many rows, `a`, meet many weights, `b`. */
const isLarge = ({ a, b }: MatrixProduct, { program }: Rewriting): boolean =>
  program.reads.has(b) &&
  shapeOf(b).reduce((count, size) => count * size, 1) >= LARGE.weights &&
  (shapeOf(a)[0] ?? 0) >= LARGE.rows;

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
