import { applyLayer } from '@understory/core';
import { layers } from '@tensorflow/tfjs-layers';
import type { Level } from './levels.ts';
import { convolve } from './pyramid.ts';

/** Where RetinaNet's coarser levels come from. */
export interface FurtherOptions {
  readonly width: number;
  /** ReLU between them (torchvision's first version; Lin et al. 2017); mmdetection has none. */
  readonly relu: boolean;
}

/** Two coarser levels, each by a 3×3 convolution of stride 2 on the one before. */
export const furtherLevels = (from: Level, { width, relu }: FurtherOptions): Level[] => {
  const next = (level: Level, rectified: boolean): Level => {
    const stride = 2 * level.stride;
    const name = `fpn/further${Math.log2(stride)}`;
    const x = rectified ? applyLayer(layers.reLU({ name: `${name}/relu` }), level.map) : level.map;
    return { stride, map: convolve(x, name, { filters: width, kernel: 3, stride: 2 }) };
  };
  const first = next(from, false);
  return [first, next(first, relu)];
};

/** The RPN's coarsest level: every second pixel of the one before. */
export const halvedLevel = ({ map, stride }: Level): Level => ({
  stride: 2 * stride,
  map: applyLayer(layers.maxPooling2d({ name: 'fpn/halved', poolSize: 1, strides: 2 }), map),
});
