import { readFileSync } from 'node:fs';
import { relu, tensor, transpose, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import { leakedBy, relativeError, streamTensor, valueAndGradients } from '@understory/core/testing';
import { expect } from 'vitest';

/** What PyTorch gives for a loss of a student's and a teacher's tensor. */
export interface Golden {
  readonly loss: string;
  readonly options: readonly number[];
  readonly shapes: readonly [number[], number[]];
  readonly seeds: readonly [number, number];
  readonly scale: number;
  readonly relu: boolean;
  /** Whether one row is another one turned around: the student's second, and the teacher's third. */
  readonly opposite?: boolean;
  readonly value: number;
  readonly gradient: readonly number[];
}

export const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../testdata/${name}`, import.meta.url), 'utf8'));

/** From [N, C, H, W] to [N, H, W, C]. */
export const toHere = (x: Tensor): Tensor => (x.rank === 4 ? transpose(x, [0, 2, 3, 1]) : x);

/** The first row, turned around, in place of another one. */
const turnedAround = (x: Tensor, row: number): Tensor => {
  const [values, width] = [x.dataSync<'float32'>().slice(), x.shape[1]!];
  for (let i = 0; i < width; i++) values[row * width + i] = -values[i]!;
  return tensor(values, x.shape);
};

export const inputsOf = ({ shapes, seeds, scale, opposite, ...golden }: Golden): [Tensor, Tensor] =>
  shapes.map((shape, i) => {
    const x = streamTensor(shape, seeds[i]!, scale);
    const turned = opposite ? turnedAround(x, i + 1) : x;
    return golden.relu ? relu(turned) : turned;
  }) as [Tensor, Tensor];

export type Pairwise = (student: Tensor, teacher: Tensor) => Scalar;

/** Holds value and gradient against PyTorch's, and that nothing is left behind. */
export const expectGolden = (golden: Golden, loss: Pairwise): void => {
  const [s, t] = inputsOf(golden);
  const { value, gradients } = valueAndGradients((x) => loss(toHere(x), toHere(t)), [s]);
  expect(relativeError([value], [golden.value])).toBeLessThan(1e-5);
  expect(relativeError(gradients[0]!, golden.gradient)).toBeLessThan(1e-5);
  const [a, b] = [toHere(s), toHere(t)];
  expect(leakedBy(() => loss(a, b))).toBe(0);
};
