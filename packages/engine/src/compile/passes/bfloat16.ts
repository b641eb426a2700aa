import { attribute, type GraphBuilder, type GraphNode, type Value } from '../graphBuilder.ts';
import { TF, type Attribute } from '../native.ts';
import type { Rewriting } from '../program.ts';
import type { Pass } from './pass.ts';

/** Convolutions and their gradients, and which of their inputs are images, filters or gradients. */
const CONVOLUTIONS: Readonly<Record<string, readonly number[]>> = {
  Conv2D: [0, 1],
  Conv2DBackpropInput: [1, 2],
  Conv2DBackpropFilter: [0, 2],
};

const PRODUCTS: ReadonlySet<string> = new Set(['MatMul', 'BatchMatMul', 'BatchMatMulV2']);

/** What lies between convolutions. Batch norm's statistics, scale and offset stay in float32. */
const BETWEEN: Readonly<Record<string, readonly number[]>> = {
  Relu: [0],
  ReluGrad: [0, 1],
  Relu6: [0],
  Relu6Grad: [0, 1],
  Add: [0, 1],
  AddV2: [0, 1],
  FusedBatchNormV3: [0],
  FusedBatchNormGradV3: [0, 1],
  MaxPool: [0],
  MaxPoolGrad: [0, 1, 2],
  PadV2: [0, 2],
  Reshape: [0],
  Slice: [0],
  Transpose: [0],
};

/**
 * Mixed precision as Micikevicius et al. 2018 describe it, for bfloat16, which needs no scaling of the loss: convolutions,
 * products with weights and attention in bfloat16, and what lies between them where all that comes in is bfloat16 already;
 * everything else, losses, statistics, softmax, weights and their updates, in float32.
 *
 * Depthwise convolutions stay in float32. So do products of two matrices neither of which is a weight: they are
 * similarities, parts of losses.
 */
export const useBFloat16: Pass = (rewriting, draft) => {
  const context: Context = { rewriting, draft, halves: new Map(), sources: new Set() };
  for (const node of rewriting.nodes()) {
    const inputs = node.inputs.map((input) => rewriting.resolve(input));
    const halved = halvedInputs({ ...node, inputs }, context);
    if (halved) halve({ ...node, inputs }, halved, context);
  }
};

interface Context {
  readonly rewriting: Rewriting;
  readonly draft: GraphBuilder;
  /** float32 values, and the same in bfloat16. */
  readonly halves: Map<Value, Value>;
  /** float32 values that were computed in bfloat16 and go on so. */
  readonly sources: Set<Value>;
}

/** Which inputs the node takes in bfloat16; null where it stays as it is. */
const halvedInputs = (node: GraphNode, context: Context): readonly number[] | null => {
  const { op, inputs, outputs } = node;
  if (outputs[0]?.dtype !== TF.float32) return null;
  if (op in CONVOLUTIONS) return CONVOLUTIONS[op]!;
  if (PRODUCTS.has(op)) return isOfLayer(node, context) ? [0, 1] : null;
  const between = BETWEEN[op];
  const all = between?.every((i) => context.sources.has(inputs[i]!) || inputs[i]!.node.op === 'Const');
  return all && context.sources.has(inputs[between![0]!]!) ? between! : null;
};

const isOfLayer = ({ inputs: [a, b], outputs }: GraphNode, { rewriting, sources }: Context): boolean => {
  const attention = outputs[0]!.shape!.length > 2 && sources.has(a!) && sources.has(b!);
  return attention || isWeight(a!, rewriting) || isWeight(b!, rewriting);
};

const isWeight = (value: Value, rewriting: Rewriting): boolean => {
  const { op, inputs } = value.node;
  if (rewriting.program.reads.has(value)) return true;
  return (op === 'Reshape' || op === 'Transpose') && isWeight(rewriting.resolve(inputs[0]!), rewriting);
};

const halve = (node: GraphNode, at: readonly number[], context: Context): void => {
  const { rewriting, draft, halves, sources } = context;
  const inputs = node.inputs.map((input, i) => (at.includes(i) ? halfOf(input, context) : input));
  const made = draft.add(node.op, inputs, node.attributes.map(ofHalf));
  const [half, ...others] = made.outputs;
  const whole = cast(half!, TF.float32, draft);
  halves.set(whole, half!);
  // A filter's gradient goes on to its update in float32.
  if (node.op !== 'Conv2DBackpropFilter') sources.add(whole);
  rewriting.replace(node.outputs[0]!, whole);
  for (const [i, other] of others.entries()) rewriting.replace(node.outputs[i + 1]!, other);
};

const halfOf = (value: Value, { draft, halves }: Context): Value => {
  const known = halves.get(value);
  if (known) return known;
  const made = cast(value, TF.bfloat16, draft);
  halves.set(value, made);
  return made;
};

const cast = (value: Value, to: number, draft: GraphBuilder): Value =>
  draft.value('Cast', [value], [attribute.type('SrcT', value.dtype), attribute.type('DstT', to)]);

const ofHalf = (given: Attribute): Attribute =>
  given.name === 'T' ? attribute.type('T', TF.bfloat16) : given;
