import { attribute } from '../graph/attributes.ts';
import type { GraphBuilder } from '../graph/graphBuilder.ts';
import { TF, type Attribute } from '../graph/native.ts';
import { addConvolution, convolutionOf, type OwnConvolution } from '../graph/ownConvolution.ts';
import { addDepthwise, depthwiseOf, type Norm } from '../graph/ownDepthwise.ts';
import { inputAt, outputAt, shapeOf, type GraphNode, type Value } from '../graph/value.ts';
import { consumersOf, type Consumers } from './consumers.ts';
import type { Pass, Rewriting } from './rewriting.ts';

/**
 * A batch norm by statistics that stand still, whose scale and offset do not learn either, is a factor and a summand for each
 * channel: the convolution before it takes both along, and its gradients the factor, so that neither way goes through memory for
 * the norm. In programs where such a norm passes a gradient on, as in detectors; others keep TensorFlow's op and its rounding.
 */
export const foldFrozenNorm: Pass = (rewriting, draft) => {
  if (rewriting.nodes().some((node) => isFrozen(node, ['FusedBatchNormGradV3'])))
    foldEveryNorm(rewriting, draft);
};

/** The same in every program: for networks that learn nothing more. */
export const foldEveryNorm: Pass = (rewriting, draft) => {
  const gradients = rewriting.nodes().filter((node) => isFrozen(node, ['FusedBatchNormGradV3']));
  const consumers = consumersOf(rewriting);
  for (const node of gradients) foldGradient(node, rewriting, draft, consumers);
  const left = consumersOf(rewriting);
  for (const node of rewriting.nodes()) {
    if (isFrozen(node, ['FusedBatchNorm', 'FusedBatchNormV3'])) foldForward(node, rewriting, draft, left);
  }
};

const isFrozen = ({ op, attributes }: GraphNode, ops: readonly string[]): boolean =>
  ops.includes(op) && attributes.some(({ name, value }) => name === 'is_training' && value === false);

const isTaken = (node: GraphNode, outputs: readonly number[], consumers: Consumers): boolean =>
  outputs.some((index) => node.outputs[index] !== undefined && consumers.has(outputAt(node, index)));

/** Passes on what came in, to convolutions' gradients that know of the factor. */
const foldGradient = (
  node: GraphNode,
  rewriting: Rewriting,
  draft: GraphBuilder,
  consumers: Consumers,
): void => {
  const resolve = (value: Value): Value => rewriting.resolve(value);
  const dx = outputAt(node, 0);
  const takers = (consumers.get(dx) ?? []).map((taker) =>
    taker === 'result' ? null : scalable(taker, dx, resolve),
  );
  if (isTaken(node, [1, 2], consumers) || takers.includes(null)) return;
  const [dy, scale, variance] = [0, 2, 4].map((index) => resolve(inputAt(node, index))) as [
    Value,
    Value,
    Value,
  ];
  const factor = factorOf(scale, variance, node.attributes, draft);
  const instead = (value: Value): Value => (value === dx ? dy : value);
  for (const taker of takers) {
    if (!taker) continue;
    const { of } = taker;
    const made = { ...of, maps: of.maps.map(instead), dys: of.dys.map(instead), scale: factor };
    rewriting.replace(outputAt(taker.node, 0), outputAt(addConvolution(draft, made), 0));
  }
};

/** A convolution's gradient that takes `dy` as what came in and nothing else, and has no factor yet. */
const scalable = (
  node: GraphNode,
  dy: Value,
  resolve: (value: Value) => Value,
): { readonly node: GraphNode; readonly of: OwnConvolution } | null => {
  const of = convolutionOf(node, resolve);
  if (!of || of.op === 'UnderstoryConv' || of.scale) return null;
  const images = of.op === 'UnderstoryConvFilterGrad' ? of.dys : of.maps;
  const everything = [...of.maps, ...of.dys, of.filter, ...of.sides, ...of.gates];
  return images.includes(dy) && everything.filter((value) => value === dy).length === 1 ? { node, of } : null;
};

const foldForward = (
  node: GraphNode,
  rewriting: Rewriting,
  draft: GraphBuilder,
  consumers: Consumers,
): void => {
  const resolve = (value: Value): Value => rewriting.resolve(value);
  const [x, scale, offset, mean, variance] = [0, 1, 2, 3, 4].map((index) =>
    resolve(inputAt(node, index)),
  ) as [Value, Value, Value, Value, Value];
  const take = withNorm(x.node, resolve);
  const alone = consumers.get(x)?.length === 1 && !isTaken(node, [1, 2, 3, 4, 5], consumers);
  if (!take || !alone) return;
  const factor = factorOf(scale, variance, node.attributes, draft);
  const summand = binary('Sub', offset, binary('Mul', mean, factor, draft), draft);
  rewriting.replace(outputAt(node, 0), take(draft, { factor, summand }));
};

/** How a convolution that nothing follows yet takes a norm along; undefined for any other node. */
const withNorm = (
  node: GraphNode,
  resolve: (value: Value) => Value,
): ((draft: GraphBuilder, norm: Norm) => Value) | undefined => {
  const depthwise = depthwiseOf(node, resolve);
  if (depthwise && !depthwise.norm) return (draft, norm) => addDepthwise(draft, { ...depthwise, norm });
  const of = convolutionOf(node, resolve);
  if (of?.op !== 'UnderstoryConv' || of.scale || of.bias || of.ceiling > 0 || of.sides.length > 0)
    return undefined;
  return (draft, { factor, summand }) =>
    outputAt(addConvolution(draft, { ...of, scale: factor, bias: summand }), 0);
};

const binary = (op: string, a: Value, b: Value, draft: GraphBuilder): Value =>
  draft.value(op, [a, b], [attribute.type('T', TF.float32)]);

/** scale / √(variance + epsilon), once for each norm. */
const factorOf = (
  scale: Value,
  variance: Value,
  attributes: readonly Attribute[],
  draft: GraphBuilder,
): Value => {
  const given = attributes.find(({ name }) => name === 'epsilon')?.value;
  const epsilon = typeof given === 'number' ? given : 1e-4;
  return draft.shared(`factor ${scale.id} ${variance.id} ${epsilon} [${shapeOf(scale).join()}]`, () => {
    const least = draft.constant({ dtype: TF.float32, shape: [], data: Float32Array.of(epsilon) });
    const root = draft.value(
      'Rsqrt',
      [binary('AddV2', variance, least, draft)],
      [attribute.type('T', TF.float32)],
    );
    return binary('Mul', scale, root, draft);
  });
};
