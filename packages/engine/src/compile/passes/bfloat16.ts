import { attribute } from '../graph/attributes.ts';
import type { GraphBuilder } from '../graph/graphBuilder.ts';
import { TF, type Attribute } from '../graph/native.ts';
import { inputAt, isOwn, outputAt, shapeOf, toldShapes, type GraphNode, type Value } from '../graph/value.ts';
import { unshaped, type Pass, type Rewriting } from './rewriting.ts';

/** What is computed in bfloat16 wherever it stands. */
export interface Lists {
  /** Which inputs of a convolution are images, filters or gradients of such; undefined for other ops. */
  readonly convolution: (node: GraphNode, draft: GraphBuilder) => readonly number[] | undefined;
  /** Whether products with weights, and attention, are as well. */
  readonly products: boolean;
  /** Whether the addon's own multiply in bfloat16 what is stored so, where the processor can. */
  readonly pairs: boolean;
}

const CONVOLUTIONS: Readonly<Record<string, readonly number[]>> = {
  Conv2D: [0, 1],
  Conv2DBackpropInput: [1, 2],
  Conv2DBackpropFilter: [0, 2],
};

export const ON_GPU: Lists = { convolution: ({ op }) => CONVOLUTIONS[op], products: true, pairs: false };

/**
 * The addon's own take images and gradients in bfloat16, where their definition says `T`, and multiply in float32;
 * TensorFlow's have no fast bfloat16 there.
 */
export const ON_CPU: Lists = {
  convolution: (node, draft) => (isOwn(node) ? draft.inputsOf(node, 'T', TF.bfloat16) : undefined),
  products: false,
  pairs: true,
};

/** bfloat16 in memory alone: for processors that multiply it no faster than float32. */
export const STORED_ON_CPU: Lists = { ...ON_CPU, pairs: false };

const PRODUCTS: ReadonlySet<string> = new Set(['MatMul', 'BatchMatMul', 'BatchMatMulV2']);

/** What lies between convolutions: the inputs that become bfloat16, if those `where` named are so already. */
interface Between {
  readonly inputs: readonly number[];
  readonly where: readonly number[];
}

const alike = (...inputs: readonly number[]): Between => ({ inputs, where: inputs });

/** Gradients go with the images that their op saw. Batch norm's statistics, scale and offset stay in float32. */
const BETWEEN: Readonly<Record<string, Between>> = {
  Identity: alike(0),
  Relu: alike(0),
  ReluGrad: { inputs: [0, 1], where: [1] },
  Relu6: alike(0),
  Relu6Grad: { inputs: [0, 1], where: [1] },
  Add: alike(0, 1),
  AddV2: alike(0, 1),
  FusedBatchNormV3: alike(0),
  FusedBatchNormGradV3: { inputs: [0, 1], where: [1] },
  MaxPool: alike(0),
  MaxPoolGrad: { inputs: [0, 1, 2], where: [0, 1] },
  UnderstoryMaxPoolBackprop: { inputs: [0, 1, 2], where: [0, 1] },
  PadV2: { inputs: [0, 2], where: [0] },
  Reshape: alike(0),
  Slice: alike(0),
  Transpose: alike(0),
  ResizeNearestNeighbor: alike(0),
  ResizeNearestNeighborGrad: alike(0),
};

/**
 * What the addon has for rows that come from dense layers and go to such: those give float32, rounded here where whoever takes it
 * rounds it (`roundedResults.ts`).
 */
const BETWEEN_DENSE: Readonly<Record<string, Between>> = {
  UnderstoryGelu: alike(0),
  UnderstoryGeluGrad: { inputs: [0, 1], where: [0] },
  UnderstoryAttention: alike(0),
  UnderstoryAttentionGrad: { inputs: [0, 1, 3], where: [0] },
};

/**
 * Mixed precision as Micikevicius et al. 2018 describe it, for bfloat16, which needs no scaling of the loss: convolutions
 * (on GPUs products with weights and attention too) in bfloat16, and what lies between them where what comes in is bfloat16
 * already; everything else, losses, statistics, softmax, weights and their updates, in float32.
 *
 * So do products of two matrices neither of which is a weight: they are similarities, parts of losses.
 */
export const useBFloat16 =
  (lists: Lists): Pass =>
  (rewriting, draft) => {
    const maps = { halves: new Map(), sources: new Set<Value>(), products: new Set<Value>() };
    const context: Context = { lists, rewriting, draft, ...maps };
    for (const node of rewriting.nodes()) {
      const inputs = node.inputs.map((input) => rewriting.resolve(input));
      const halved = halvedInputs({ ...node, inputs }, context);
      if (halved) halve({ ...node, inputs }, halved, context);
    }
  };

interface Context {
  readonly lists: Lists;
  readonly rewriting: Rewriting;
  readonly draft: GraphBuilder;
  /** float32 values, and the same in bfloat16. */
  readonly halves: Map<Value, Value>;
  /** float32 values that were computed in bfloat16 and go on so. */
  readonly sources: Set<Value>;
  /** float32 values that are products of bfloat16. */
  readonly products: Set<Value>;
}

/** Which inputs the node takes in bfloat16; null where it stays as it is. */
const halvedInputs = (node: GraphNode, context: Context): readonly number[] | null => {
  const { op, outputs } = node;
  const { convolution, products } = context.lists;
  if (outputs[0]?.dtype !== TF.float32) return null;
  const between = BETWEEN[op];
  if (between)
    return between.where.every((i) => context.sources.has(inputAt(node, i))) ? between.inputs : null;
  const dense = BETWEEN_DENSE[op];
  if (dense)
    return dense.where.every((i) => comesFromHalves(inputAt(node, i), context)) ? dense.inputs : null;
  if (PRODUCTS.has(op)) return products && isOfLayer(node, context) ? [0, 1] : null;
  const images = convolution(node, context.draft);
  return images && images.length > 0 ? images : null;
};

const comesFromHalves = (value: Value, { rewriting, sources, products }: Context): boolean =>
  sources.has(value) || products.has(unshaped(value, rewriting));

const isOfLayer = (node: GraphNode, { rewriting, sources }: Context): boolean => {
  const [a, b] = [inputAt(node, 0), inputAt(node, 1)];
  const attention = shapeOf(outputAt(node, 0)).length > 2 && sources.has(a) && sources.has(b);
  return attention || isWeight(a, rewriting) || isWeight(b, rewriting);
};

const isWeight = (value: Value, rewriting: Rewriting): boolean => {
  const { op } = value.node;
  if (rewriting.program.reads.has(value)) return true;
  return (
    (op === 'Reshape' || op === 'Transpose') && isWeight(rewriting.resolve(inputAt(value.node, 0)), rewriting)
  );
};

const halve = (node: GraphNode, at: readonly number[], context: Context): void => {
  const { rewriting, draft, halves, sources, lists } = context;
  const inputs = node.inputs.map((input, i) => (at.includes(i) ? halfOf(input, context) : input));
  const given = node.attributes.filter(({ name }) => name !== PAIRS).map(ofHalf);
  const attributes = [...given, attribute.bool(PAIRS, lists.pairs)]; // an op takes those that its definition has
  const made = draft.add(node.op, inputs, attributes, { shapes: toldShapes(node) });
  rewriting.delay(made, rewriting.delaysOf(node));
  const first = outputAt(made, 0);
  for (const [i, other] of made.outputs.entries()) if (i > 0) rewriting.replace(outputAt(node, i), other);
  const whole = first.dtype === TF.float32 ? first : cast(first, TF.float32, draft);
  rewriting.replace(outputAt(node, 0), whole);
  if (whole === first) context.products.add(first);
  if (whole === first || node.op === 'Conv2DBackpropFilter') return; // a filter's gradient goes on in float32
  halves.set(whole, first);
  sources.add(whole);
};

const halfOf = (value: Value, context: Context): Value => {
  const { draft, halves } = context;
  const known = halves.get(value);
  if (known) return known;
  const made = value.node.op === 'Reshape' ? halfReshape(value, context) : cast(value, TF.bfloat16, draft);
  halves.set(value, made);
  return made;
};

/** Whoever takes a value in several shapes rounds it once. */
const halfReshape = ({ node }: Value, context: Context): Value => {
  const [of, ...shape] = context.rewriting.inputsOf(node);
  const inputs = [...(of ? [halfOf(of, context)] : []), ...shape];
  return context.draft.value(node.op, inputs, node.attributes.map(ofHalf), { shapes: toldShapes(node) });
};

const cast = (value: Value, to: number, draft: GraphBuilder): Value =>
  draft.value('Cast', [value], [attribute.type('SrcT', value.dtype), attribute.type('DstT', to)]);

const PAIRS = 'pairs';
const ofHalf = (given: Attribute): Attribute =>
  given.name === 'T' ? attribute.type('T', TF.bfloat16) : given;
