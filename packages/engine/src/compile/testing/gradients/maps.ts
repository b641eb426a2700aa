import * as tf from '@tensorflow/tfjs';
import type { Tensor, Tensor1D, Tensor2D, Tensor4D, Tensor5D } from '@tensorflow/tfjs-core';
import { batchNormTraining, type NdArray } from '@understory/core';
import type { Draw, Make } from './draw.ts';

const PADS = ['same', 'valid', 1] as const;
const padOf = (draw: Draw): 'same' | 'valid' | number => PADS[draw.size(0, 2)]!;

const maps = (draw: Draw, channels = draw.size(1, 4)): NdArray =>
  draw.numbers([draw.size(1, 3), draw.size(5, 8), draw.size(5, 8), channels]);

const convolution: Make = (draw) => {
  const x = maps(draw);
  const filter = draw.numbers([draw.size(2, 3), draw.size(2, 3), x.shape[3]!, draw.size(1, 4)]);
  const [pad, dilation] = [padOf(draw), draw.size(1, 2)];
  const stride = dilation > 1 ? 1 : draw.size(1, 2);
  return {
    inputs: [x, filter],
    fn: (a: Tensor4D, b: Tensor4D) => tf.conv2d(a, b, stride, pad, 'NHWC', dilation),
  };
};

const channelsFirst: Make = (draw) => {
  const x = draw.numbers([2, 3, draw.size(4, 7), draw.size(4, 7)]);
  const pad = padOf(draw);
  return {
    inputs: [x, draw.numbers([2, 2, 3, 4])],
    fn: (a: Tensor4D, b: Tensor4D) => tf.conv2d(a, b, 1, pad, 'NCHW'),
  };
};

const depthwise: Make = (draw) => {
  const x = maps(draw);
  const filter = draw.numbers([2, 3, x.shape[3]!, draw.size(1, 2)]);
  const [pad, dilation] = [padOf(draw), draw.size(1, 2)];
  const stride = dilation > 1 ? 1 : draw.size(1, 2);
  return {
    inputs: [x, filter],
    fn: (a: Tensor4D, b: Tensor4D) => tf.depthwiseConv2d(a, b, stride, pad, 'NHWC', dilation),
  };
};

const transposed: Make = (draw) => ({
  inputs: [draw.numbers([2, 4, 5, 3]), draw.numbers([2, 2, 4, 3])],
  fn: (a: Tensor4D, b: Tensor4D) => tf.conv2dTranspose(a, b, [2, 8, 10, 4], 2, 'same'),
});

const convolution3d: Make = (draw) => {
  const pad = draw.size(0, 1) === 0 ? 'same' : 'valid';
  return {
    inputs: [draw.numbers([2, 3, 4, 4, 2]), draw.numbers([2, 2, 2, 2, 3])],
    fn: (a: Tensor5D, b: Tensor5D) => tf.conv3d(a, b, 1, pad),
  };
};

const pool =
  (fn: (x: Tensor4D, size: number, stride: number, pad: 'same' | 'valid' | number) => Tensor): Make =>
  (draw) => {
    const [size, stride, pad] = [draw.size(2, 3), draw.size(1, 2), padOf(draw)];
    return { inputs: [maps(draw)], fn: (x: Tensor4D) => fn(x, size, stride, pad) };
  };

const pool3d =
  (fn: (x: Tensor5D, size: number, stride: number, pad: 'same' | 'valid' | number) => Tensor): Make =>
  (draw) => {
    const [size, stride, pad] = [draw.size(2, 3), draw.size(1, 2), padOf(draw)];
    return { inputs: [draw.numbers([2, 4, 5, 4, 2])], fn: (x: Tensor5D) => fn(x, size, stride, pad) };
  };

const resized =
  (fn: (x: Tensor4D, size: [number, number], corners: boolean) => Tensor): Make =>
  (draw) => {
    const [height, width, corners] = [draw.size(2, 9), draw.size(2, 9), draw.size(0, 1) === 1];
    return { inputs: [maps(draw)], fn: (x: Tensor4D) => fn(x, [height, width], corners) };
  };

const normed: Make = (draw) => {
  const x = maps(draw);
  const channels = [x.shape[3]!];
  const positive = draw.numbers(channels, 0.5, 2);
  return {
    inputs: [x, draw.numbers(channels), positive, draw.numbers(channels), draw.numbers(channels)],
    fn: (a: Tensor4D, ...[mean, variance, offset, scale]: [Tensor1D, Tensor1D, Tensor1D, Tensor1D]) =>
      tf.batchNorm(a, mean, variance, offset, scale, 1e-3),
  };
};

/** Kernels that work on maps of images. */
export const MAPS: Readonly<Record<string, readonly Make[]>> = {
  AvgPool: [
    pool((x, size, stride, pad) =>
      tf.avgPool(x, size, stride, pad, typeof pad === 'number' ? 'ceil' : undefined),
    ),
  ],
  AvgPool3D: [pool3d((x, size, stride, pad) => tf.avgPool3d(x, size, stride, pad))],
  BatchNormTraining: [
    (draw) => {
      const x = maps(draw);
      const channels = [x.shape[3]!];
      return {
        inputs: [x, draw.numbers(channels), draw.numbers(channels)],
        fn: (a: Tensor4D, scale: Tensor1D, offset: Tensor1D) => batchNormTraining(a, scale, offset, 1e-3).y,
      };
    },
  ],
  BatchToSpaceND: [
    (draw) => ({
      inputs: [draw.numbers([8, 2, 3, 2])],
      fn: (x: Tensor) =>
        tf.batchToSpaceND(
          x,
          [2, 2],
          [
            [0, 1],
            [1, 0],
          ],
        ),
    }),
  ],
  Conv2D: [convolution, channelsFirst],
  Conv2DBackpropInput: [transposed],
  Conv3D: [convolution3d],
  CropAndResize: [
    (draw) => {
      const index = tf.tensor1d([0, 1], 'int32');
      return {
        inputs: [draw.numbers([2, 6, 5, 3]), draw.numbers([2, 4], 0, 1)],
        fn: (x: Tensor4D, boxes: Tensor2D) => tf.image.cropAndResize(x, boxes, index, [3, 3]),
      };
    },
  ],
  DepthwiseConv2dNative: [depthwise],
  Dilation2D: [
    (draw) => ({
      inputs: [draw.numbers([2, 6, 6, 3]), draw.numbers([2, 3, 3])],
      fn: (x: Tensor4D, filter: tf.Tensor3D) => tf.dilation2d(x, filter, 1, 'same'),
    }),
  ],
  FusedBatchNorm: [normed],
  LRN: [(draw) => ({ inputs: [maps(draw, 5)], fn: (x: Tensor4D) => tf.localResponseNormalization(x, 2) })],
  MaxPool: [
    pool((x, size, stride, pad) =>
      tf.maxPool(x, size, stride, pad, typeof pad === 'number' ? 'ceil' : undefined),
    ),
  ],
  MaxPool3D: [pool3d((x, size, stride, pad) => tf.maxPool3d(x, size, stride, pad))],
  ResizeBilinear: [resized((x, size, corners) => tf.image.resizeBilinear(x, size, corners))],
  ResizeNearestNeighbor: [resized((x, size, corners) => tf.image.resizeNearestNeighbor(x, size, corners))],
  SpaceToBatchND: [
    (draw) => ({
      inputs: [draw.numbers([2, 3, 4, 2])],
      fn: (x: Tensor) =>
        tf.spaceToBatchND(
          x,
          [2, 2],
          [
            [0, 1],
            [1, 1],
          ],
        ),
    }),
  ],
};
