import { constantDraw, type InitRule, type WeightInfo } from '@understory/core';

const isKernel = ({ role }: WeightInfo): boolean => role === 'kernel' || role.endsWith('_kernel');

/** PyTorch's own: kernels and biases of convolutions and dense layers uniform in ±1/√fan-in. */
export const torchDefaultRule: InitRule = (weight) =>
  weight.layer === 'other' ? constantDraw(weight) : { uniform: 1 / Math.sqrt(weight.fanIn) };

/** Convolutions by fan-out; dense kernels normal with std 0.01; biases 0 (torchvision's VGG and MobileNets). */
export const smallDenseRule: InitRule = (weight) => {
  if (!isKernel(weight)) return constantDraw(weight);
  return { normal: weight.layer === 'dense' ? 0.01 : Math.sqrt(2 / weight.fanOut) };
};

/** Convolutions by fan-out; dense kernels uniform in ±1/√outputs; biases 0 (Tan & Le 2019 as torchvision has it). */
export const efficientNetRule: InitRule = (weight) => {
  if (!isKernel(weight)) return constantDraw(weight);
  return weight.layer === 'dense'
    ? { uniform: 1 / Math.sqrt(weight.fanOut) }
    : { normal: Math.sqrt(2 / weight.fanOut) };
};

/** Convolutions normal by fan-in; dense kernels as PyTorch's default; biases 0 (torchvision's DenseNet). */
export const fanInRule: InitRule = (weight) => {
  if (!isKernel(weight)) return constantDraw(weight);
  return weight.layer === 'dense'
    ? { uniform: 1 / Math.sqrt(weight.fanIn) }
    : { normal: Math.sqrt(2 / weight.fanIn) };
};

/**
 * Kernels normal with std 0.02, biases 0, by the last parts of a name other values. The reference truncates at ±2, which
 * is a hundred standard deviations: a plain normal.
 */
export const transformerRule =
  (special: Readonly<Record<string, ReturnType<InitRule>>> = {}): InitRule =>
  (weight) => {
    const [, draw] = Object.entries(special).find(([end]) => weight.name.endsWith(end)) ?? [];
    return draw ?? (isKernel(weight) ? { normal: 0.02 } : constantDraw(weight));
  };
