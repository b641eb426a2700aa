import { attribute } from './attributes.ts';
import type { GraphBuilder } from './graphBuilder.ts';
import { shapeOf, type GraphNode, type Value } from './value.ts';

/** A depthwise convolution of the addon's, by what it takes (`native/conv_ops.cc`). */
export interface OwnDepthwise {
  readonly stride: number;
  readonly images: Value;
  readonly filter: Value;
  /** [channels] each: what every result is multiplied by, and what is added to it. */
  readonly norm: { readonly factor: Value; readonly summand: Value } | null;
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
    { shapes: [shape] },
  );
};

/** What a node is as a depthwise convolution, with its inputs as `resolve` gives them; null for any other. */
export const depthwiseOf = (node: GraphNode, resolve: (value: Value) => Value): OwnDepthwise | null => {
  const [images, filter, factor, summand] = node.inputs.map(resolve);
  const [result] = node.outputs;
  if (node.op !== OP || !images || !filter || !result) return null;
  const number = (name: string): number => {
    const value = node.attributes.find((one) => one.name === name)?.value;
    return typeof value === 'number' ? value : 0;
  };
  const norm = factor && summand ? { factor, summand } : null;
  return {
    stride: number('stride'),
    images,
    filter,
    norm,
    ceiling: number('ceiling'),
    shape: shapeOf(result),
  };
};
