import { applyLayer } from '@understory/core';
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { Enlarged } from '../layers/enlarged.ts';
import { levelName, type Level } from './levels.ts';

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
      ? applyLayer(layers.add({ name: `${name}/sum` }), [
          lateral,
          applyLayer(new Enlarged(`${name}/enlarged`), [above, lateral]),
        ])
      : lateral;
    sums.unshift(sum);
  }
  return levels.map((level, i) => ({
    stride: level.stride,
    map: convolve(sums[i]!, `fpn/output${levelName(level)}`, { filters: width, kernel: 3 }),
  }));
};
