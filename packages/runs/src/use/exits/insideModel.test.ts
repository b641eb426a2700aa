import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import { eagerRunner } from '@understory/core';
import { streamTensor } from '@understory/core/testing';
import { fitTapScore, matrixOf, tapScores, type Matrix } from '@understory/evaluators';
import { expect, it } from 'vitest';
import { insideModel } from './insideModel.ts';

/** Features of three classes that lie apart, far from 0. */
const features = (rows: number, seed: number): Matrix => {
  const drawn = streamTensor([rows, 5], seed).dataSync<'float32'>();
  return matrixOf(
    drawn.map((v, i) => 4 + v + 1.5 * (Math.floor(i / 5) % 3)),
    rows,
    5,
  );
};

it('is a tap’s score, of maps and in float32', async () => {
  const labels = Int32Array.from({ length: 60 }, (_, i) => i % 3);
  const asked = features(20, 2);
  const score = await fitTapScore(features(60, 1), labels);
  const made = await insideModel('stage1', score, { shape: [1, 1, 5], runner: eagerRunner() });
  const given = made.predict(tensor(Float32Array.from(asked.data), [20, 1, 1, 5])) as Tensor;
  expect(given.shape).toEqual([20, 1]);
  const found = given.dataSync();
  (await tapScores(score, asked)).forEach((value, i) => expect(found[i]).toBeCloseTo(value, 3));
});
