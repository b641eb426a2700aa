import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { relu, sigmoid } from './activation.ts';
import { dense, globalPool, reshape } from './basics.ts';
import { channels, connect, type Part } from './connect.ts';
import { conv } from './conv.ts';

export interface SqueezeExciteOptions {
  /** Width between the two layers. */
  readonly squeeze: number;
  /** Dense layers as in the paper, or the 1×1 convolutions of mobile networks: the same numbers, other first weights. */
  readonly kind: 'dense' | 'convolution';
  readonly activation?: Part;
  readonly gate?: Part;
}

/** Scales channels by what their means say (Hu et al. 2018, section 3). */
export const squeezeExcite = (
  x: SymbolicTensor,
  name: string,
  options: SqueezeExciteOptions,
): SymbolicTensor => {
  const { squeeze, kind, activation = relu, gate = sigmoid } = options;
  const width = channels(x);
  const apply = (y: SymbolicTensor, part: string, units: number): SymbolicTensor =>
    kind === 'dense' ? dense(y, part, units) : conv(y, part, { filters: units, kernel: 1, bias: true });
  const map = (y: SymbolicTensor): SymbolicTensor => reshape(y, `${name}/map`, [1, 1, width]);
  const pooled = globalPool(x, `${name}/pool`);
  const small = activation(
    apply(kind === 'dense' ? pooled : map(pooled), `${name}/fc1`, squeeze),
    `${name}/act`,
  );
  const factor = gate(apply(small, `${name}/fc2`, width), `${name}/gate`);
  return connect(layers.multiply({ name: `${name}/scale` }), [x, kind === 'dense' ? map(factor) : factor]);
};
