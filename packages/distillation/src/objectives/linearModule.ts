import { initialize, type Seed } from '@understory/core';
import { input, layers, model, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';

export interface LinearRequest {
  readonly name: string;
  /** Width of the input. */
  readonly from: number;
  /** Widths of the dense layers, ReLU between them. */
  readonly widths: readonly number[];
  readonly seed: Seed;
}

/** Dense layers with bias: [B, from] → [B, last width], drawn uniformly in ±1/√fan-in. */
export const linearModule = ({ name, from, widths, seed }: LinearRequest): LayersModel => {
  const inputs = input({ shape: [from], name: `${name}/input` });
  let x: SymbolicTensor = inputs;
  for (const [i, units] of widths.entries()) {
    if (i > 0) x = layers.reLU({ name: `${name}/relu${i}` }).apply(x) as SymbolicTensor;
    const dense = layers.dense({ name: `${name}/dense${i + 1}`, units, kernelInitializer: 'zeros' });
    x = dense.apply(x) as SymbolicTensor;
  }
  const made = model({ inputs, outputs: x, name });
  initialize(made, seed);
  return made;
};
