import { tensor1d, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import { float32, int32, type NdArrays, type Runner } from '@understory/core';
import { compiledRunner } from '@understory/engine';
import { distillationKl } from '@understory/distillation';
import { crossEntropy, supCon } from '@understory/losses';
import { expect, it } from 'vitest';

const runner: Runner = compiledRunner();
const rows = (n: number, width: number): NdArrays[string] =>
  float32(new Float32Array(n * width).fill(0.5), [n, width]);

const run = (inputs: NdArrays): Promise<unknown> =>
  runner
    .step('losses', ({ x, y, other }) => ({
      contrast: supCon()(x as Tensor2D, y as Tensor1D),
      kl: distillationKl({ temperature: 2 })(x as Tensor2D, other as Tensor2D),
    }))
    .run(inputs);

it('refuses what does not fit while a step is traced, with the shapes', async () => {
  const y = int32([0, 1], [2]);
  await expect(run({ x: rows(8, 5), y, other: rows(8, 5) })).rejects.toThrow(
    /labels \[2\] .* 8 rows|8 rows.* labels \[2\]/,
  );
  await expect(run({ x: rows(4, 5), y, other: rows(1, 5) })).rejects.toThrow(
    /student \[4, 5\], teacher \[1, 5\]/,
  );
});

it('traces losses that look at labels, whose values it does not have', async () => {
  const weighted = runner.step('weighted', ({ x, y }) => ({
    loss: crossEntropy({ smoothing: 0.1 })(x as Tensor2D, y as Tensor1D, tensor1d([1, 2, 3, 4, 5])),
  }));
  const { loss } = (await weighted.run({ x: rows(4, 5), y: int32([0, 4, 2, 2], [4]) })) as NdArrays;
  // All logits are equal: ((1 − ε)·w_y + ε·mean(w))·log 5 of each row, over the sum of w_y.
  const weights = [1, 5, 3, 3];
  const sum = weights.reduce((a, w) => a + 0.9 * w + 0.1 * 3, 0);
  expect(loss!.data[0]).toBeCloseTo((sum / 12) * Math.log(5), 5);
});
