import { registerKernel, type NamedAttrMap, type TensorInfo } from '@tensorflow/tfjs-core';
import { ATTENTION, GELU, LAYER_NORM, type KernelPair } from '@understory/core';
import { ownAddon } from '../compile/graph/native.ts';
import { nativeOps, type Attributes } from './nativeOp.ts';
import { named } from './register.ts';

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

interface OwnKernel {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: number;
  readonly attributes: (attributes: NamedAttrMap) => Attributes;
}

const register = ({ name, op, inputs, outputs, attributes }: OwnKernel): void => {
  registerKernel({
    kernelName: name,
    backendName: 'tensorflow',
    kernelFunc: ({ inputs: given, attrs }) => {
      ownAddon(); // ops of the addon exist once it is loaded
      const tensors = named(
        name,
        inputs,
        inputs.map((one) => given[one]),
      );
      const all: TensorInfo[] = inputs.map((one) => tensors[one]!);
      return nativeOps(op, attributes(attrs ?? {}), all, outputs);
    },
  });
};

/** What transformers are made of, by the addon's ops (`native/gelu.h`, `layer_norm.h`, `attention.h`), which run on CPUs. */
export const registerOwnPairs = (): void => {
  for (const { pair, op, forward, gradient } of PAIRS) {
    const { inputs, outputs, keeps } = pair;
    register({ name: pair.forward, op, inputs, outputs: outputs.length, attributes: forward });
    const [grad, given] = [`${op}Grad`, [...keeps, 'dy']];
    register({ name: pair.gradient, op: grad, inputs: given, outputs: inputs.length, attributes: gradient });
  }
};

/** Names of the kernels that `registerOwnPairs` registers. */
export const OWN_PAIRS: readonly string[] = PAIRS.flatMap(({ pair }) => [pair.forward, pair.gradient]);
