import * as tf from '@tensorflow/tfjs';
import { float32, lookUpByKernel, uint8 } from '@understory/core';
import { afterEach, expect, it } from 'vitest';
import { PRECISIONS } from '../target.ts';
import { runnerPool } from '../testing/runnerPool.ts';

const { runner, disposeAll } = runnerPool();
afterEach(disposeAll);

const images = uint8(
  Uint8Array.from({ length: 2 * 4 * 5 * 3 }, (_, i) => (i * 97) % 256),
  [2, 4, 5, 3],
);
const rows = float32([-1, 0, 1, 2, 2, 3], [1, 6, 1]);
const columns = float32([4, 3, 2, 1, 0], [1, 1, 5]);

const twice =
  (fill: readonly number[]) =>
  ({ images: stored, ...at }: Readonly<Record<string, tf.Tensor>>) => {
    const move = (pixels: tf.Tensor): tf.Tensor =>
      lookUpByKernel({
        images: pixels as tf.Tensor4D,
        ...{ rows: at['rows']!, columns: at['columns']!, fill: tf.tensor1d([...fill]) },
      })!;
    return { y: tf.mul(move(move(tf.cast(stored!, 'float32'))), 2) };
  };

it.each([
  ['bytes before they are made floats', [7, 0, 255], 'uint8'],
  ['floats where a colour lies between two levels', [0.5, 0, 1], 'float32'],
] as const)('pixels are moved as %s, through several moves, in any precision', async (_, fill, dtype) => {
  const inputs = { images, rows, columns };
  const tensors = Object.entries(inputs).map(([name, { data, shape }]) => [
    name,
    tf.tensor(data, [...shape]),
  ]);
  const given = Object.fromEntries(tensors) as Record<string, tf.Tensor>;
  const eager = tf.tidy(() => twice(fill)(given));
  for (const precision of PRECISIONS) {
    const step = runner({ precision }).step('step', twice(fill));
    const { nodes } = await step.profile(inputs);
    const moved = nodes.filter(({ op }) => op === 'UnderstoryLookUp');
    expect(moved.map(({ outputs }) => outputs[0]?.dtype)).toEqual([dtype, dtype]);
    expect((await step.run(inputs)).y!.data).toEqual(eager.y.dataSync());
  }
  tf.dispose([eager, given]);
});
