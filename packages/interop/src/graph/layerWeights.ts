import type { RecordedNode } from '@understory/core';
import { nodeOf } from './neighbours.ts';

/** Which input of an op is a layer's weights. */
const WEIGHTS: Readonly<Record<string, number>> = {
  Conv2D: 1,
  DepthwiseConv2dNative: 1,
  Conv2DBackpropInput: 1,
  MatMul: 1,
  BatchMatMulV2: 1,
};

/** The values that are weights of layers, with the ops that take them: these alone are rounded, and no anchor of a detector. */
export const layerWeights = (
  nodes: readonly Pick<RecordedNode, 'op' | 'inputs'>[],
): ReadonlyMap<string, string> =>
  new Map(
    nodes.flatMap(({ op, inputs }) => {
      const input = WEIGHTS[op];
      const name = input === undefined ? undefined : inputs[input];
      return name === undefined ? [] : [[nodeOf(name), op] as const];
    }),
  );
