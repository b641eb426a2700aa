import type { NamedAttrMap } from '@tensorflow/tfjs-core';
import { ATTENTION, GELU, LAYER_NORM, type KernelPair } from '@understory/core';
import { ownAddon } from '../compile/graph/native.ts';
import { nativeOps, type Attributes } from './nativeOp.ts';
import { nativeKernel } from './register.ts';

interface OwnPair {
  readonly pair: KernelPair;
  /** The addon's op; that of the gradient has the same name with `Grad` behind it. */
  readonly op: string;
  readonly forward: (attributes: NamedAttrMap) => Attributes;
  readonly gradient: (attributes: NamedAttrMap) => Attributes;
}

const none = (): Attributes => ({});
const heads = ({ heads: count }: NamedAttrMap): Attributes => ({ heads: { int: count as number } });
const epsilon = ({ epsilon: added }: NamedAttrMap): Attributes => ({ epsilon: { float: added as number } });

const PAIRS: readonly OwnPair[] = [
  { pair: GELU, op: 'UnderstoryGelu', forward: none, gradient: none },
  { pair: LAYER_NORM, op: 'UnderstoryLayerNorm', forward: epsilon, gradient: none },
  { pair: ATTENTION, op: 'UnderstoryAttention', forward: heads, gradient: heads },
];

/** What transformers are made of, by the addon's ops (`native/gelu.h`, `layer_norm.h`, `attention.h`), which run on CPUs. */
export const registerOwnPairs = (): void => {
  for (const { pair, op, forward, gradient } of PAIRS) {
    const { inputs, outputs, keeps } = pair;
    nativeKernel(pair.forward, inputs, (given, attributes) => {
      ownAddon(); // ops of the addon exist once it is loaded
      return nativeOps(op, forward(attributes), Object.values(given), outputs.length);
    });
    nativeKernel(pair.gradient, [...keeps, 'dy'], (given, attributes) => {
      ownAddon();
      return nativeOps(`${op}Grad`, gradient(attributes), Object.values(given), inputs.length);
    });
  }
};

/** Names of the kernels that `registerOwnPairs` registers. */
export const OWN_PAIRS: readonly string[] = PAIRS.flatMap(({ pair }) => [pair.forward, pair.gradient]);
