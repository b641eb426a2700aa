import { applyLayer } from '@understory/core';
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { levelName, sizeOf, type Level } from './levels.ts';

/** A convolution with a bias. At stride 2 it pads one pixel on each side, as PyTorch does. */
export const convolve = (
  x: SymbolicTensor,
  name: string,
  {
    filters,
    kernel,
    stride = 1,
  }: { readonly filters: number; readonly kernel: number; readonly stride?: number },
): SymbolicTensor => {
  const window = { filters, kernelSize: kernel, strides: stride, kernelInitializer: 'zeros' } as const;
  if (stride === 1) return applyLayer(layers.conv2d({ name, padding: 'same', ...window }), x);
  const padded = applyLayer(layers.zeroPadding2d({ name: `${name}/pad`, padding: [1, 1] }), x);
  return applyLayer(layers.conv2d({ name, padding: 'valid', ...window }), padded);
};

/** A coarser map with each pixel twice as high and wide, cut to the size of a finer one. */
const enlarged = (coarse: SymbolicTensor, fine: SymbolicTensor, name: string): SymbolicTensor => {
  const [height, width] = sizeOf(fine);
  const [h, w] = sizeOf(coarse);
  if (h === height && w === width) return coarse;
  const large = applyLayer(layers.upSampling2d({ name: `${name}/enlarged`, size: [2, 2] }), coarse);
  if (2 * h === height && 2 * w === width) return large;
  const cropping: [[number, number], [number, number]] = [
    [0, 2 * h - height],
    [0, 2 * w - width],
  ];
  return applyLayer(layers.cropping2D({ name: `${name}/cut`, cropping }), large);
};

/**
 * Feature pyramid (Lin et al. 2017): each map by a 1×1 convolution, the coarser ones added to the finer ones from the top
 * down, then a 3×3 convolution each. Fine to coarse, all of `width` channels.
 */
export const featurePyramid = (levels: readonly Level[], width: number): Level[] => {
  const sums: SymbolicTensor[] = [];
  for (const level of [...levels].reverse()) {
    const name = `fpn/lateral${levelName(level)}`;
    const lateral = convolve(level.map, name, { filters: width, kernel: 1 });
    const above = sums[0];
    const sum = above
      ? applyLayer(layers.add({ name: `${name}/sum` }), [lateral, enlarged(above, lateral, name)])
      : lateral;
    sums.unshift(sum);
  }
  return levels.map((level, i) => ({
    stride: level.stride,
    map: convolve(sums[i]!, `fpn/output${levelName(level)}`, { filters: width, kernel: 3 }),
  }));
};
