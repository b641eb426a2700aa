import {
  grads,
  image,
  mul,
  randomNormal,
  reshape,
  setBackend,
  sum,
  tensor1d,
  tensor2d,
  tidy,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { afterAll, expect, it } from 'vitest';

const boxInd = tensor1d([0, 1, 1], 'int32');
const weight = randomNormal([3, 3, 3, 2], 0, 1, 'float32', 5);
const x: Tensor4D = randomNormal([2, 6, 5, 2], 0, 1, 'float32', 6);
const boxes = tensor2d([
  [0.11, 0.12, 0.83, 0.77],
  [0.23, 0.05, 0.61, 0.93],
  [-0.17, 0.31, 0.72, 1.13],
]);
const loss = (map: Tensor, at: Tensor): Tensor =>
  sum(mul(weight, image.cropAndResize(map as Tensor4D, at as Tensor2D, boxInd, [3, 3])));

afterAll(async () => {
  await setBackend('tensorflow');
});

/** The slope of the loss along one number of `of`, by differences. */
const slope = (of: Tensor, i: number, fn: (moved: Tensor) => Tensor): number => {
  const step = 1e-3;
  const at = (delta: number): number =>
    tidy(() => {
      const data = Float32Array.from(of.dataSync());
      data[i]! += delta;
      return fn(reshape(tensor1d(data), of.shape)).dataSync()[0]!;
    });
  return (at(step) - at(-step)) / (2 * step);
};

it('has the slopes that differences show', () => {
  const [forImage, forBoxes] = grads(loss)([x, boxes]);
  for (const i of [0, 17, 43, 71, 99])
    expect(forImage!.dataSync()[i]).toBeCloseTo(
      slope(x, i, (m) => loss(m, boxes)),
      2,
    );
  for (const i of [0, 1, 5, 7, 10])
    expect(forBoxes!.dataSync()[i]).toBeCloseTo(
      slope(boxes, i, (b) => loss(x, b)),
      1,
    );
});

it('says on another backend where its gradient is', async () => {
  await setBackend('cpu');
  expect(() => grads(loss)([x, boxes])).toThrow(/native TensorFlow alone/);
});
