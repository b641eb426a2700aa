import { isSet, sameList } from '../graph/attributes.ts';
import type { GraphBuilder } from '../graph/graphBuilder.ts';
import { addConvolution, convolutionOf, type OwnConvolution } from '../graph/ownConvolution.ts';
import { addDepthwise, depthwiseOf } from '../graph/ownDepthwise.ts';
import { inputAt, outputAt, shapeOf, type GraphNode, type Value } from '../graph/value.ts';
import { ceilingOf, consumersOf, onlyConsumer, RELUS, SUMS, type Consumers } from './consumers.ts';
import type { Pass, Rewriting } from './rewriting.ts';

/**
 * What follows a convolution goes into it, and costs no way through memory: a bias, then another map that is added, then a
 * ReLU; and what follows its input gradient: another gradient that is added, and the ReLU's own gradient.
 */
export const finishConvolutions: Pass = (rewriting, draft) => {
  const absorbed = new Set<GraphNode>();
  const context: Context = { rewriting, draft, consumers: consumersOf(rewriting), absorbed };
  for (const node of rewriting.nodes()) {
    const of = absorbed.has(node) ? null : convolutionOf(node, (value) => rewriting.resolve(value));
    if (of?.op === 'UnderstoryConv') finish(node, of, [withBias, withSide, withRelu], context);
    if (of?.op === 'UnderstoryConvInputGrad') finish(node, of, [withGate, withGradient], context);
    finishDepthwise(node, context);
  }
};

interface Context {
  readonly rewriting: Rewriting;
  readonly draft: GraphBuilder;
  /** As they were before anything was absorbed. */
  readonly consumers: Consumers;
  readonly absorbed: Set<GraphNode>;
}

/** A convolution that has taken nodes along, the last of which gives its result now. */
interface Finished {
  readonly of: OwnConvolution;
  readonly taken: readonly GraphNode[];
}
type Step = (of: OwnConvolution, result: Value, context: Context) => Finished | null;

const finish = (node: GraphNode, of: OwnConvolution, steps: readonly Step[], context: Context): void => {
  let [result, now] = [outputAt(node, 0), of];
  for (const step of steps) {
    const done = step(now, result, context);
    const last = done?.taken.at(-1);
    if (!done || !last) continue;
    for (const taken of done.taken) context.absorbed.add(taken);
    [result, now] = [outputAt(last, 0), done.of];
  }
  if (now === of) return;
  context.rewriting.replace(result, outputAt(addConvolution(context.draft, now), 0));
};

/** The ReLU that follows a norm which a depthwise convolution has taken along goes with it. */
const finishDepthwise = (node: GraphNode, context: Context): void => {
  const { rewriting, draft } = context;
  const of = depthwiseOf(node, (value) => rewriting.resolve(value));
  const relu = of?.norm && of.ceiling === 0 ? next(outputAt(node, 0), RELUS, context) : undefined;
  if (of && relu)
    rewriting.replace(outputAt(relu, 0), addDepthwise(draft, { ...of, ceiling: ceilingOf(relu.op) }));
};

/** The only node that takes a value, and that no other convolution has taken along. */
const next = (
  value: Value,
  ops: readonly string[],
  { consumers, absorbed }: Context,
): GraphNode | undefined => {
  const node = onlyConsumer(value, consumers, ops);
  return node && !absorbed.has(node) ? node : undefined;
};

const otherTerm = (sum: GraphNode, term: Value, { rewriting }: Context): Value | undefined =>
  sum.inputs.map((input) => rewriting.resolve(input)).find((input) => input !== term);

const withBias: Step = (of, result, context) => {
  const sum = of.bias ? undefined : next(result, SUMS, context);
  const bias = sum && otherTerm(sum, result, context);
  return bias && sameList(bias.shape ?? [], [shapeOf(result)[3]])
    ? { of: { ...of, bias }, taken: [sum] }
    : null;
};

/** The sum that takes a result, with the other map in it, of the same shape. */
const sideOf = (result: Value, context: Context): { sum: GraphNode; side: Value } | undefined => {
  const sum = next(result, SUMS, context);
  const side = sum && otherTerm(sum, result, context);
  return side && sameList(side.shape ?? [], shapeOf(result)) ? { sum, side } : undefined;
};

const addSide: Step = (of, result, context) => {
  const added = sideOf(result, context);
  return added ? { of: { ...of, sides: [added.side] }, taken: [added.sum] } : null;
};

/** Where there is a bias, or what a norm was folded into: others may be between norms that take the sum. */
const withSide: Step = (of, result, context) => (of.bias ? addSide(of, result, context) : null);

const withRelu: Step = (of, result, context) => {
  const relu = next(result, RELUS, context);
  return relu ? { of: { ...of, ceiling: ceilingOf(relu.op) }, taken: [relu] } : null;
};

const GRADIENTS = RELUS.map((op) => `${op}Grad`);

const withGate: Step = (of, result, context) => {
  const before = sideOf(result, context);
  const given = before ? outputAt(before.sum, 0) : result;
  const relu = next(given, GRADIENTS, context);
  if (!relu || context.rewriting.resolve(inputAt(relu, 0)) !== given || goesToNorm(relu, context))
    return null;
  const gate = context.rewriting.resolve(inputAt(relu, 1));
  const ceiling = ceilingOf(relu.op.replace(/Grad$/, ''));
  const gated = { ...of, gates: [gate], ceiling };
  return before
    ? { of: { ...gated, sides: [before.side] }, taken: [before.sum, relu] }
    : { of: gated, taken: [relu] };
};

/** The gradient that is added, where no ReLU follows that goes along. */
const withGradient: Step = (of, result, context) =>
  of.gates.length > 0 ? null : addSide(of, result, context);

/** A batch norm in training takes the gradient of its ReLU along itself. */
const goesToNorm = (relu: GraphNode, { consumers }: Context): boolean =>
  (consumers.get(outputAt(relu, 0)) ?? []).some(
    (taker) =>
      taker !== 'result' && taker.op === 'FusedBatchNormGradV3' && isSet(taker.attributes, 'is_training'),
  );
