import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { add, norm, relu } from '../parts/basics.ts';
import { channels } from '../parts/connect.ts';
import { conv } from '../parts/conv.ts';
import type { Block, BlockSpec } from '../stages.ts';

/** Identity, or a 1×1 convolution and batch norm where the block changes stride or width. */
const shortcut = (x: SymbolicTensor, name: string, out: number, stride: number): SymbolicTensor => {
  if (stride === 1 && channels(x) === out) return x;
  const y = conv(x, `${name}/shortcut/conv`, { filters: out, kernel: 1, stride });
  return norm(y, `${name}/shortcut/norm`);
};

const finish = (branch: SymbolicTensor, x: SymbolicTensor, name: string, stride: number): SymbolicTensor =>
  relu(add(`${name}/add`, branch, shortcut(x, name, channels(branch), stride)), `${name}/relu`);

/** Two 3×3 convolutions (He et al. 2016, fig. 5 left); width `planes`. */
export const basic: Block = (x, name, { planes, stride }) => {
  const a = norm(conv(x, `${name}/conv1`, { filters: planes, kernel: 3, stride }), `${name}/norm1`);
  const b = conv(relu(a, `${name}/relu1`), `${name}/conv2`, { filters: planes, kernel: 3 });
  return finish(norm(b, `${name}/norm2`), x, name, stride);
};

/** 1×1, 3×3 (with the stride, as PyTorch has it), 1×1 (He et al. 2016, fig. 5 right); width 4 · `planes`. */
export const bottleneck: Block = (x, name, { planes, stride }: BlockSpec) => {
  const a = norm(conv(x, `${name}/conv1`, { filters: planes, kernel: 1 }), `${name}/norm1`);
  const b = conv(relu(a, `${name}/relu1`), `${name}/conv2`, { filters: planes, kernel: 3, stride });
  const c = conv(relu(norm(b, `${name}/norm2`), `${name}/relu2`), `${name}/conv3`, {
    filters: 4 * planes,
    kernel: 1,
  });
  return finish(norm(c, `${name}/norm3`), x, name, stride);
};
