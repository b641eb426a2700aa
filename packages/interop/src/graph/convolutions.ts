import type { NdArray, RecordedNode } from '@understory/core';
import type { Neighbours } from './neighbours.ts';

const CONVOLUTIONS = new Set(['Conv2D', 'DepthwiseConv2dNative']);
const SUMS = new Set(['Add', 'AddV2', 'BiasAdd']);

export const isConvolution = ({ op }: RecordedNode): boolean => CONVOLUTIONS.has(op);

/** A constant that a recorded graph gets beside its own. */
export const constantNode = (name: string, content: NdArray): RecordedNode => ({
  ...{ name, op: 'Const', inputs: [], content },
  gives: [{ dtype: content.dtype, shape: content.shape }],
  attributes: { dtype: { type: content.dtype === 'float32' ? 'DT_FLOAT' : 'DT_INT32' } },
});

/** A convolution with a constant filter, and a sum right after it that adds a number to each channel, where there is one. */
export interface Biased {
  readonly convolution: RecordedNode;
  /** [kh, kw, in, out], of depthwise convolutions [kh, kw, in, multiplier]. */
  readonly filter: NdArray;
  readonly sum?: RecordedNode;
  readonly bias?: NdArray;
}

/** How many channels a convolution gives. */
const channelsOf = ({ gives: [type] }: RecordedNode): number => type?.shape.at(-1) ?? 0;

/** What a sum adds, where it is a number for each channel. */
const biasOf = (sum: RecordedNode, channels: number, graph: Neighbours): NdArray | undefined => {
  if (!SUMS.has(sum.op)) return undefined;
  const found = graph.constant(sum, 1);
  return found?.data.length === channels && found.shape.at(-1) === channels ? found : undefined;
};

/** A convolution by its own node; undefined where it is none, or its filter depends on the image. */
export const biasedAt = (convolution: RecordedNode, graph: Neighbours): Biased | undefined => {
  const filter = isConvolution(convolution) ? graph.constant(convolution, 1) : undefined;
  if (!filter) return undefined;
  const sum = graph.onlyUser(convolution);
  const bias = sum && biasOf(sum, channelsOf(convolution), graph);
  return { convolution, filter, ...(bias && { sum, bias }) };
};
