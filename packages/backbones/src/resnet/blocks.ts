import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { relu } from '../parts/activation.ts';
import { norm, residual } from '../parts/basics.ts';
import { channels } from '../parts/connect.ts';
import { conv } from '../parts/conv.ts';
import type { Block } from '../stages.ts';

/** Identity, or a 1×1 convolution and batch norm where the block changes stride or width (He et al. 2016, option B). */
export const shortcut = (
  x: SymbolicTensor,
  name: string,
  to: { readonly filters: number; readonly stride: number; readonly bias?: boolean },
): SymbolicTensor => {
  if (to.stride === 1 && channels(x) === to.filters) return x;
  return norm(conv(x, `${name}/shortcut/conv`, { ...to, kernel: 1 }), `${name}/shortcut/norm`);
};

/** Two 3×3 convolutions (He et al. 2016, fig. 5 left); width `planes`. */
export const basic: Block = (x, name, { planes, stride, drop }) => {
  const a = norm(conv(x, `${name}/conv1`, { filters: planes, kernel: 3, stride }), `${name}/norm1`);
  const b = conv(relu(a, `${name}/relu1`), `${name}/conv2`, { filters: planes, kernel: 3 });
  const around = shortcut(x, name, { filters: planes, stride });
  return relu(residual(norm(b, `${name}/norm2`), around, name, drop), `${name}/relu`);
};

export interface BottleneckConfig {
  readonly groups?: number;
  /** Width of the 3×3 convolution for 64 planes, by group. */
  readonly base?: number;
  /** Whether the first 1×1 convolution is grouped too. */
  readonly groupFirst?: boolean;
}

/**
 * 1×1, 3×3 (with the stride, as PyTorch has it), 1×1 (He et al. 2016, fig. 5 right); width 4 · `planes`. With groups
 * it is ResNeXt's (Xie et al. 2017), with a wide base WideResNet's.
 */
export const bottleneck =
  ({ groups = 1, base = 64, groupFirst = false }: BottleneckConfig = {}): Block =>
  (x, name, { planes, stride, drop }) => {
    const inner = Math.max(1, Math.floor((planes * base) / 64)) * groups;
    const first = { filters: inner, kernel: 1, groups: groupFirst ? groups : 1 };
    const a = norm(conv(x, `${name}/conv1`, first), `${name}/norm1`);
    const b = conv(relu(a, `${name}/relu1`), `${name}/conv2`, { filters: inner, kernel: 3, stride, groups });
    const c = relu(norm(b, `${name}/norm2`), `${name}/relu2`);
    const d = norm(conv(c, `${name}/conv3`, { filters: 4 * planes, kernel: 1 }), `${name}/norm3`);
    const around = shortcut(x, name, { filters: 4 * planes, stride });
    return relu(residual(d, around, name, drop), `${name}/relu`);
  };
