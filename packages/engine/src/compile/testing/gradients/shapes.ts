import * as tf from '@tensorflow/tfjs';
import { engine, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import { SOFTMAX_CROSS_ENTROPY } from '../../../eager/crossEntropy.ts';
import { axisOf, cube, type Make } from './draw.ts';

const matrices: Make = (draw) => {
  const [batch, n, m, k] = [1, 1, 1, 1].map(() => draw.size(1, 5)) as [number, number, number, number];
  const [a, b] = [draw.size(0, 1) === 1, draw.size(0, 1) === 1];
  return {
    inputs: [
      draw.numbers(a ? [batch, m, n] : [batch, n, m]),
      draw.numbers(b ? [batch, k, m] : [batch, m, k]),
    ],
    fn: (x: Tensor, y: Tensor) => tf.matMul(x, y, a, b),
  };
};

/** Kernels that move, gather, reduce or multiply elements. */
export const SHAPES: Readonly<Record<string, readonly Make[]>> = {
  AddN: [
    (draw) => ({ inputs: [0, 1, 2].map(() => draw.numbers([3, 2])), fn: (...all: Tensor[]) => tf.addN(all) }),
  ],
  ArgMax: [cube((x, draw) => tf.cast(tf.argMax(x, draw.size(0, 2)), 'float32'))],
  ArgMin: [cube((x, draw) => tf.cast(tf.argMin(x, draw.size(0, 2)), 'float32'))],
  BatchMatMul: [matrices],
  Concat: [cube((x, draw) => tf.concat([x, tf.square(x)], draw.size(0, 2)))],
  Cumsum: [cube((x, draw) => tf.cumsum(x, draw.size(0, 2), draw.size(0, 1) === 1, draw.size(0, 1) === 1))],
  ExpandDims: [cube((x, draw) => tf.expandDims(x, draw.size(0, 3)))],
  GatherV2: [cube((x, draw) => tf.gather(x, tf.tensor1d([1, 0, 1], 'int32'), draw.size(0, 2)))],
  Max: [cube((x, draw) => tf.max(x, axisOf(draw)))],
  Mean: [cube((x, draw) => tf.mean(x, axisOf(draw)))],
  Min: [cube((x, draw) => tf.min(x, axisOf(draw)))],
  MirrorPad: [
    cube((x) =>
      tf.mirrorPad(
        x,
        [
          [1, 0],
          [0, 1],
          [1, 1],
        ],
        'reflect',
      ),
    ),
    cube((x) =>
      tf.mirrorPad(
        x,
        [
          [1, 0],
          [0, 1],
          [1, 1],
        ],
        'symmetric',
      ),
    ),
  ],
  OneHot: [
    (draw) => ({
      inputs: [draw.numbers([4]), draw.whole([4], 3)],
      fn: (x: Tensor, at: Tensor) => tf.mul(tf.expandDims(x, 1), tf.cast(tf.oneHot(at, 3), 'float32')),
    }),
  ],
  Pack: [cube((x, draw) => tf.stack([x, tf.square(x)], draw.size(0, 3)))],
  PadV2: [
    cube((x, draw) =>
      tf.pad(
        x,
        [
          [1, 0],
          [0, 2],
          [1, 1],
        ],
        draw.size(0, 3),
      ),
    ),
  ],
  Prelu: [(draw) => ({ inputs: [draw.numbers([3, 4, 2]), draw.numbers([2])], fn: tf.prelu })],
  Prod: [cube((x, draw) => tf.prod(x, axisOf(draw)))],
  Reshape: [cube((x) => tf.reshape(x, [-1, x.shape[2]!]))],
  Reverse: [cube((x, draw) => tf.reverse(x, axisOf(draw)))],
  Select: [
    (draw) => ({
      inputs: [draw.whole([3, 4], 2), draw.numbers([3, 4]), draw.numbers([3, 4])],
      fn: (at: Tensor, a: Tensor, b: Tensor) => tf.where(tf.cast(at, 'bool'), a, b),
    }),
  ],
  Slice: [cube((x) => tf.slice(x, [1, 0, 1], [1, 2, -1]))],
  SoftmaxCrossEntropyRows: [
    (draw) => ({
      inputs: [draw.numbers([4, 5]), draw.numbers([4, 5], 0, 1)],
      fn: (logits: Tensor, target: Tensor) =>
        engine().runKernel<Tensor[]>(SOFTMAX_CROSS_ENTROPY, { logits, target })[0]!,
    }),
  ],
  SplitV: [cube((x) => tf.split(tf.concat([x, x], 1), 2, 1))],
  Sum: [cube((x, draw) => tf.sum(x, axisOf(draw)))],
  Tile: [cube((x) => tf.tile(x, [2, 1, 3]))],
  Transpose: [
    cube((x, draw) =>
      tf.transpose(
        x,
        [
          [2, 0, 1],
          [1, 0, 2],
          [0, 2, 1],
        ][draw.size(0, 2)],
      ),
    ),
  ],
  Unpack: [cube((x, draw) => tf.unstack(x, draw.size(0, 2)))],
  UnsortedSegmentSum: [
    (draw) => ({
      inputs: [draw.numbers([5, 3]), draw.whole([5], 3)],
      fn: (x: Tensor, ids: Tensor) => tf.unsortedSegmentSum(x, ids as Tensor1D, 3),
    }),
  ],
};
