import { attribute, numberOf } from './attributes.ts';
import type { GraphBuilder } from './graphBuilder.ts';
import { shapeOf, type GraphNode, type Value } from './value.ts';

/** What a norm whose statistics stand still does to each channel: [channels] each. */
export interface Norm {
  /** What every result is multiplied by. */
  readonly factor: Value;
  /** What is added to it. */
  readonly summand: Value;
}

/** A depthwise convolution of the addon's, by what it takes (`native/conv_ops.cc`). */
export interface OwnDepthwise {
  readonly stride: number;
  readonly images: Value;
  readonly filter: Value;
  readonly norm: Norm | null;
  /** Of the ReLU that follows a norm; 0 without one. */
  readonly ceiling: number;
  readonly shape: readonly number[];
}

const OP = 'UnderstoryDepthwise';

export const addDepthwise = (builder: GraphBuilder, of: OwnDepthwise): Value => {
  const { stride, images, filter, norm, ceiling, shape } = of;
  return builder.value(
    OP,
    [images, filter, ...(norm ? [norm.factor, norm.summand] : [])],
    [
      attribute.int('stride', stride),
      attribute.int('norms', norm ? 1 : 0),
      attribute.float('ceiling', ceiling),
    ],
    { shapes: [shape, [0]] },
  );
};

/** What a node is as a depthwise convolution, with its inputs as `resolve` gives them; null for any other. */
export const depthwiseOf = (node: GraphNode, resolve: (value: Value) => Value): OwnDepthwise | null => {
  const [images, filter, factor, summand] = node.inputs.map(resolve);
  const [result] = node.outputs;
  if (node.op !== OP || !images || !filter || !result) return null;
  const norm = factor && summand ? { factor, summand } : null;
  return {
    stride: numberOf(node.attributes, 'stride'),
    images,
    filter,
    norm,
    ceiling: numberOf(node.attributes, 'ceiling'),
    shape: shapeOf(result),
  };
};
