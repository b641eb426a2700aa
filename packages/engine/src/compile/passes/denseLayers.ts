import { attribute, isSet, sameList } from '../graph/attributes.ts';
import type { GraphBuilder } from '../graph/graphBuilder.ts';
import { TF } from '../graph/native.ts';
import { elementsIn, inputAt, outputAt, shapeOf, type GraphNode, type Value } from '../graph/value.ts';
import { consumersOf, onlyConsumer, SUMS, type Consumers } from './consumers.ts';
import { unshaped, type Pass, type Rewriting } from './rewriting.ts';

/** What is worth the addon's own products: at least so many numbers in the weights, and so many rows that go through them. */
const LARGE = [
  { weights: 2 ** 15, rows: 512 },
  // TensorFlow's product of few rows and VGG's weights took a hundred times as long as reading these.
  { weights: 2 ** 21, rows: 1 },
];

/**
 * Dense layers with many weights and rows, such as those of a detector's regions or a transformer's tokens, or with very many
 * weights, such as VGG's, with the bias that follows, and their gradients, the bias's along with the weights', by the addon's
 * kernels (`native/dense.h`). Smaller heads over the images of a batch gain nothing; products of matrices neither of which is a
 * weight are parts of losses. Both stay as they are.
 */
export const ownDenseLayers: Pass = (rewriting, draft) => {
  const products = rewriting.nodes().flatMap((node) => productOf(node, rewriting) ?? []);
  const layers = products.filter((one) => one.turned === '' && isLarge(one, rewriting));
  const consumers = consumersOf(rewriting);
  const sums = columnSumsIn(rewriting);
  const found = products.map((product) => ({
    product,
    op: opOf(product, layers, rewriting),
    sum: sums.get(unshaped(product.b, rewriting)),
  }));
  for (const { product, op, sum } of found) {
    if (op === FORWARD) replaceLayer(product, consumers, rewriting, draft);
    if (op === INPUT) replaceInput(product, rewriting, draft);
    if (op === FILTER) replaceFilter(product, sum, rewriting, draft);
  }
};

const FORWARD = 'UnderstoryDense';
const INPUT = 'UnderstoryDenseInputGrad';
const FILTER = 'UnderstoryDenseFilterGrad';

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

const isFloat = ({ dtype }: Value): boolean => dtype === TF.float32 || dtype === TF.bfloat16;

/** Null for other ops, where both are transposed, and where there are more matrices. */
const productOf = (node: GraphNode, rewriting: Rewriting): MatrixProduct | null => {
  const names = TURNED[node.op];
  if (!names) return null;
  const [a, b] = [rewriting.resolve(inputAt(node, 0)), rewriting.resolve(inputAt(node, 1))];
  const [isTurnedA, isTurnedB] = names.map((wanted) => isSet(node.attributes, wanted));
  if ((isTurnedA && isTurnedB) || ![a, b].every((one) => isMatrix(one) && isFloat(one))) return null;
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

const opOf = (
  product: MatrixProduct,
  layers: readonly MatrixProduct[],
  rewriting: Rewriting,
): string | null => {
  const { node, a, turned } = product;
  if (turned === '') return layers.includes(product) ? FORWARD : null;
  if (turned === 'b') return isLarge(product, rewriting) ? INPUT : null;
  const shape = shapeOf(outputAt(node, 0));
  const isOfLayer = layers.some((layer) => layer.a === a && sameList(shapeOf(layer.b), shape));
  return isOfLayer ? FILTER : null;
};

/** The bias that is added to what a product gives, and the sum; null where the product itself is taken. */
const biasAfter = (
  result: Value,
  consumers: Consumers,
  rewriting: Rewriting,
): { readonly bias: Value; readonly sum: Value } | null => {
  const sum = onlyConsumer(result, consumers, SUMS)?.outputs[0];
  const bias = sum?.node.inputs.map((input) => rewriting.resolve(input)).find((input) => input !== result);
  return sum && bias && sameList(shapeOf(bias), shapeOf(result).slice(-1)) ? { bias, sum } : null;
};

const replaceLayer = (
  of: MatrixProduct,
  consumers: Consumers,
  rewriting: Rewriting,
  draft: GraphBuilder,
): void => {
  const product = outputAt(of.node, 0);
  const after = biasAfter(product, consumers, rewriting);
  const inputs = [...inputsOf(of, rewriting), ...(after ? [after.bias] : [])];
  const count = [attribute.int('N', after ? 1 : 0)];
  const layer = draft.value(FORWARD, inputs, count, { shapes: [shapeOf(product)] });
  rewriting.replace(after?.sum ?? product, layer);
};

const inputsOf = ({ a, b }: MatrixProduct, rewriting: Rewriting): Value[] =>
  [a, b].map((value) => rewriting.resolve(value));

const replaceInput = (product: MatrixProduct, rewriting: Rewriting, draft: GraphBuilder): void => {
  const result = outputAt(product.node, 0);
  const shapes = [shapeOf(result)];
  rewriting.replace(result, draft.value(INPUT, inputsOf(product, rewriting), [], { shapes }));
};

/** Sums over the rows of what each value is a reshaped form of: gradients of biases. */
const columnSumsIn = (rewriting: Rewriting): ReadonlyMap<Value, Value> =>
  new Map(
    rewriting
      .nodes()
      .filter(({ op }) => op === 'UnderstoryColumnSum')
      .map((node) => [unshaped(rewriting.resolve(inputAt(node, 0)), rewriting), outputAt(node, 0)]),
  );

const replaceFilter = (
  product: MatrixProduct,
  sum: Value | undefined,
  rewriting: Rewriting,
  draft: GraphBuilder,
): void => {
  const result = outputAt(product.node, 0);
  const columns = shapeOf(result).slice(-1);
  const isBias = sum !== undefined && sameList(shapeOf(sum), columns);
  const gradients = draft.add(FILTER, inputsOf(product, rewriting), [attribute.bool('sums', isBias)], {
    shapes: [shapeOf(result), isBias ? columns : [0]],
  });
  rewriting.replace(result, outputAt(gradients, 0));
  if (isBias) rewriting.replace(sum, outputAt(gradients, 1));
};
