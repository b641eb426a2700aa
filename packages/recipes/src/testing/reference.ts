import { tensor, tidy, transpose, zeros, type Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type Augmentation, type Dataset, type NdArray, type Samples, classSamples } from '@understory/core';
import { streamValues } from '@understory/core/testing';

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

const laidOut = (torch: readonly number[], order: readonly number[]): Tensor =>
  tidy(() =>
    transpose(tensor(streamValues(torch, 0, Math.sqrt(3 / product(torch.slice(1)))), [...torch]), [...order]),
  );

/** Fills all kernels of a model from stream 0, √(3 / fan-in) times, as PyTorch lays them out, and biases with 0. */
export const fillKernels = (model: LayersModel): void => {
  for (const weight of model.weights) {
    const role = weight.originalName.split('/').at(-1)!;
    const shape = weight.shape as number[];
    if (role === 'bias') {
      tidy(() => {
        weight.write(zeros(shape));
      });
    }
    if (!role.endsWith('kernel')) continue;
    const [h, w, i, o] = shape as [number, number, number, number];
    const value =
      shape.length === 2
        ? laidOut([w, h], [1, 0])
        : role === 'depthwise_kernel'
          ? laidOut([i * o, 1, h, w], [2, 3, 0, 1])
          : laidOut([o, i, h, w], [2, 3, 1, 0]);
    weight.write(value);
    value.dispose();
  }
};

/** A view that is given: images [B, S, S, 3] of a stream, drawn in PyTorch's order. */
export const givenView = (batch: number, side: number, s: number): Augmentation => ({
  name: 'given',
  sample: (): Record<string, NdArray> => {
    const images = tidy(() =>
      transpose(tensor(streamValues([batch, 3, side, side], s), [batch, 3, side, side]), [0, 2, 3, 1]),
    );
    const data = images.dataSync() as Float32Array;
    images.dispose();
    return { images: { dtype: 'float32', shape: [batch, side, side, 3], data } };
  },
  apply: (_, { images }) => images as ReturnType<Augmentation['apply']>,
});

/** Samples that are all black, with these labels: for steps whose views are given. */
export const blankSamples = (labels: readonly number[], side: number): Samples =>
  classSamples({
    length: labels.length,
    size: [side, side],
    labels: Int32Array.from(labels),
    read: (positions) => Promise.resolve(new Uint8Array(positions.length * side * side * 3)),
    describe: (position) => `blank ${position}`,
  });

export const blankDataset = (labels: readonly number[], classes: number, side: number): Dataset => {
  const samples = blankSamples(labels, side);
  const none = blankSamples([], side);
  return {
    name: 'blank',
    classes: Array.from({ length: classes }, (_, c) => `class ${c}`),
    // Identity: (x / 255 − 0) / (1 / 255).
    normalization: { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] },
    train: samples,
    validation: none,
    test: none,
    leftOut: [],
  };
};
