import { attribute, isSet, sameList, textOf } from '../graph/attributes.ts';
import type { GraphBuilder } from '../graph/graphBuilder.ts';
import { TF, type Attribute } from '../graph/native.ts';
import { inputAt, outputAt, shapeOf, type GraphNode, type Value } from '../graph/value.ts';
import { ceilingOf, consumersOf, onlyConsumer, RELUS, SUMS, type Consumers } from './consumers.ts';
import type { Pass, Rewriting } from './rewriting.ts';
import { tellMoments, tellSums, type NormBehind, type Told } from './toldLots.ts';

/** Channels must be a multiple of this. */
const LANES = 8;

const DTYPES: readonly number[] = [TF.float32, TF.bfloat16];

/**
 * Batch norm in training, with a residual addition and a ReLU or ReLU6 that follow it, in one op; its gradient with the ReLU's in
 * another. Each goes through memory twice, and keeps nothing in between.
 */
export const fuseBatchNorm: Pass = (rewriting, draft) => {
  const uses = rewriting.uses(); // a ReLU's gradient has as many after another one is fused
  for (const node of rewriting.nodes()) {
    if (isFused(node, 'FusedBatchNormGradV3', 1)) fuseGradient(node, { rewriting, draft, uses });
  }
  const context = { consumers: consumersOf(rewriting), taken: new Set<Value>() };
  for (const node of rewriting.nodes()) {
    if (isFused(node, 'FusedBatchNormV3', 0)) fuseForward(node, rewriting, draft, context);
  }
};

const isFused = (node: GraphNode, wanted: string, x: number): boolean => {
  if (node.op !== wanted) return false;
  const { dtype, shape } = inputAt(node, x);
  const channels = shape?.length === 4 ? shape[3] : undefined;
  return (
    isSet(node.attributes, 'is_training') &&
    textOf(node.attributes, 'data_format') !== 'NCHW' &&
    DTYPES.includes(dtype) &&
    channels !== undefined &&
    channels > 0 &&
    channels % LANES === 0
  );
};

const epsilonOf = (attributes: readonly Attribute[]): Attribute =>
  attributes.find(({ name }) => name === 'epsilon') ?? attribute.float('epsilon', 1e-4);

/** What follows a batch norm and goes with it. */
interface Tail {
  readonly side: Value | null;
  /** Of the ReLU; 0 without one. */
  readonly ceiling: number;
  /** The value that all of it gives. */
  readonly result: Value;
}

const tailOf = (y: Value, rewriting: Rewriting, consumers: Consumers, taken: Set<Value>): Tail => {
  const relu = onlyConsumer(y, consumers, RELUS);
  if (relu) return { side: null, ceiling: ceilingOf(relu.op), result: outputAt(relu, 0) };
  const sum = onlyConsumer(y, consumers, SUMS)?.outputs[0];
  const side = sum?.node.inputs.map((input) => rewriting.resolve(input)).find((input) => input !== y);
  const after = sum && onlyConsumer(sum, consumers, RELUS);
  // Where both terms are batch norms, the sum goes with the first.
  if (!side || !after || taken.has(sum) || !sameList(side.shape ?? [], shapeOf(y)))
    return { side: null, ceiling: 0, result: y };
  taken.add(sum);
  return { side, ceiling: ceilingOf(after.op), result: outputAt(after, 0) };
};

const numbersOf = (told: Told | null): Value[] => (told ? [told.numbers] : []);
const toldAttributes = (told: Told | null): Attribute[] => [
  attribute.int('M', told ? 1 : 0),
  attribute.int('lot', told?.lot ?? 0),
];

const fuseForward = (
  node: GraphNode,
  rewriting: Rewriting,
  draft: GraphBuilder,
  { consumers, taken }: { readonly consumers: Consumers; readonly taken: Set<Value> },
): void => {
  const [y, mean, variance] = [outputAt(node, 0), outputAt(node, 1), outputAt(node, 2)];
  const factor = node.attributes.find(({ name }) => name === 'exponential_avg_factor')?.value ?? 1;
  if (factor !== 1 || node.outputs.slice(3).some((value) => consumers.has(value))) return;
  const { side, ceiling, result } = tailOf(y, rewriting, consumers, taken);
  const told = tellMoments(rewriting.resolve(inputAt(node, 0)), rewriting, draft);
  const fused = draft.add(
    'UnderstoryBatchNorm',
    [...node.inputs.slice(0, 3), ...(side ? [side] : []), ...numbersOf(told)],
    [
      ...[epsilonOf(node.attributes), attribute.float('ceiling', ceiling), attribute.int('N', side ? 1 : 0)],
      ...toldAttributes(told),
    ],
    { shapes: [y, mean, variance].map(shapeOf) },
  );
  for (const [i, value] of [result, mean, variance].entries()) rewriting.replace(value, outputAt(fused, i));
};

/** A gradient that goes to a norm. */
interface Incoming {
  readonly dy: Value;
  /** Whose own gradient is still to be applied to it. */
  readonly relu: NormBehind['relu'];
  /** By the convolution that gives it. */
  readonly told: Told | null;
}

interface GradientContext {
  readonly rewriting: Rewriting;
  readonly draft: GraphBuilder;
  readonly uses: ReadonlyMap<Value, number>;
}

const incomingOf = (
  given: Value,
  norm: Pick<NormBehind, 'x' | 'mean'>,
  { rewriting, draft, uses }: GradientContext,
): Incoming => {
  const { node } = given;
  const ceiling = node.op.endsWith('Grad') ? ceilingOf(node.op.replace(/Grad$/, '')) : 0;
  const of = (index: number): Value => rewriting.resolve(inputAt(node, index));
  const relu = ceiling > 0 ? { y: of(1), ceiling } : null;
  const dy = relu ? of(0) : given;
  // Whoever else takes the gradient wants what the ReLU has not seen yet.
  const told = relu && uses.get(dy) !== 1 ? null : tellSums(dy, { ...norm, relu }, rewriting, draft);
  if (!told) return { dy, relu, told };
  if (relu) rewriting.replace(given, rewriting.resolve(dy));
  return { dy: rewriting.resolve(dy), relu: null, told };
};

const fuseGradient = (node: GraphNode, context: GradientContext): void => {
  const { rewriting, draft, uses } = context;
  const at = (index: number): Value => rewriting.resolve(inputAt(node, index));
  const [given, x, scale, mean, variance] = [at(0), at(1), at(2), at(3), at(4)];
  const { dy, relu, told } = incomingOf(given, { x, mean }, context);
  const side = relu !== null && (uses.get(given) ?? 0) > 1;
  const flags = [
    ...[attribute.float('ceiling', relu?.ceiling ?? 0), attribute.bool('side', side)],
    ...[attribute.int('N', relu ? 1 : 0), ...toldAttributes(told)],
  ];
  const fused = draft.add(
    'UnderstoryBatchNormGrad',
    [dy, x, scale, mean, variance, ...(relu ? [relu.y] : []), ...numbersOf(told)],
    [epsilonOf(node.attributes), ...flags],
    { shapes: [shapeOf(x), shapeOf(scale), shapeOf(scale), side ? shapeOf(x) : [0]] },
  );
  for (const i of [0, 1, 2]) rewriting.replace(outputAt(node, i), outputAt(fused, i));
  if (side) rewriting.replace(given, outputAt(fused, 3));
};
