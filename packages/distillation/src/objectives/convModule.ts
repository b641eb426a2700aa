import { batchNorm, initialize, type InitRule, type Seed } from '@understory/core';
import { input, layers, model, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';

export interface ConvRequest {
  readonly name: string;
  /** Shape of the map that it reads, without the batch: [h, w, c]. */
  readonly shape: readonly [number, number, number];
  readonly filters: number;
  /** Height and width of the kernel; a transposed one gives twice the size. */
  readonly kernel: readonly [number, number];
  readonly stride?: 1 | 2;
  /** Zeros on each side. */
  readonly padding?: 0 | 1;
  readonly transposed?: boolean;
  readonly bias?: boolean;
  /** What follows the convolution. */
  readonly then?: readonly ('norm' | 'relu' | 'sigmoid')[];
  readonly rule: InitRule;
  readonly seed: Seed;
}

/** PyTorch's default: weights and biases uniform in ±1/√fan-in. */
export const torchRule: InitRule = ({ layer, fanIn, role }) => {
  if (layer === 'convolution') return { uniform: 1 / Math.sqrt(fanIn) };
  return { constant: role === 'gamma' || role === 'moving_variance' ? 1 : 0 };
};

/** He et al. 2015 with a = 1: weights uniform in ±√(3 / fan-in). */
export const linearRule: InitRule = (weight) =>
  weight.layer === 'convolution' ? { uniform: Math.sqrt(3 / weight.fanIn) } : torchRule(weight);

const convolution = ({
  name,
  filters,
  kernel,
  stride = 1,
  bias = false,
  ...rest
}: ConvRequest): layers.Layer => {
  const shared = { filters, kernelSize: [...kernel], strides: stride, useBias: bias };
  const named = { ...shared, name: `${name}/conv`, kernelInitializer: 'zeros' } as const;
  return rest.transposed
    ? layers.conv2dTranspose({ ...named, padding: 'same' })
    : layers.conv2d({ ...named, padding: 'valid' });
};

/** One convolution of a map and what follows it: [B, h, w, c] → [B, h', w', filters]. */
export const convModule = (request: ConvRequest): LayersModel => {
  const { name, shape, padding = 0, then = [], rule, seed } = request;
  const inputs = input({ shape: [...shape], name: `${name}/input` });
  const pad = (): layers.Layer =>
    layers.zeroPadding2d({
      name: `${name}/padding`,
      padding: [
        [padding, padding],
        [padding, padding],
      ],
    });
  const after = {
    norm: () => batchNorm({ name: `${name}/norm` }),
    relu: () => layers.reLU({ name: `${name}/relu` }),
    sigmoid: () => layers.activation({ name: `${name}/sigmoid`, activation: 'sigmoid' }),
  } as const;
  const chain = [...(padding ? [pad()] : []), convolution(request), ...then.map((part) => after[part]())];
  const outputs = chain.reduce<SymbolicTensor>((x, layer) => layer.apply(x) as SymbolicTensor, inputs);
  const made = model({ inputs, outputs, name });
  initialize(made, seed, rule);
  return made;
};
