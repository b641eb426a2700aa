import * as tf from '@tensorflow/tfjs';
import { float32, lookUpByKernel, uint8, type NdArray, type StepFunction } from '@understory/core';
import { afterEach, describe, expect, it } from 'vitest';
import { noise, runnerPool } from '../testing/runnerPool.ts';

const { runner, disposeAll } = runnerPool();
afterEach(disposeAll);

const SHAPE = [3, 6, 9, 3] as const;
const levels = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 97 + (i >> 4) * 31) % 256);
const images = uint8(levels(3 * 6 * 9 * 3), SHAPE);
const FILL = [7, 0, 255];

/** What the op is to give, pixel by pixel. */
const expected = (rows: NdArray, columns: NdArray, fill: readonly number[]): Float32Array => {
  const [h, w] = [1, 2].map((axis) => Math.max(rows.shape[axis]!, columns.shape[axis]!)) as [number, number];
  const at = ({ shape: [b, r, c], data }: NdArray, i: number, y: number, x: number): number =>
    data[((b === 1 ? 0 : i) * r! + (r === 1 ? 0 : y)) * c! + (c === 1 ? 0 : x)]!;
  return Float32Array.from({ length: 3 * h * w * 3 }, (_, n) => {
    const [c, x, y, i] = [n % 3, Math.floor(n / 3) % w, Math.floor(n / 3 / w) % h, Math.floor(n / 3 / w / h)];
    const [row, column] = [at(rows, i, y, x), at(columns, i, y, x)];
    const inside = row >= 0 && row < 6 && column >= 0 && column < 9;
    return inside ? images.data[((i * 6 + row) * 9 + column) * 3 + c]! : fill[c]!;
  });
};

const counting = (from: number, n: number, step = 1): number[] =>
  Array.from({ length: n }, (_, i) => from + i * step);

const PLACES: Readonly<Record<string, readonly [rows: NdArray, columns: NdArray]>> = {
  'windows that reach beyond their images': [
    float32([...counting(-2, 6), ...counting(0, 6), ...counting(3, 6)], [3, 6, 1]),
    float32([...counting(-4, 9), ...counting(0, 9), ...counting(2, 9)], [3, 1, 9]),
  ],
  'mirrored images, all rows alike': [
    float32(counting(0, 6), [1, 6, 1]),
    float32([...counting(8, 9, -1), ...counting(0, 9), ...counting(8, 9, -1)], [3, 1, 9]),
  ],
  'a place for each pixel': [
    float32(
      Array.from({ length: 3 * 4 * 5 }, (_, i) => ((i * 7) % 8) - 1),
      [3, 4, 5],
    ),
    float32(
      Array.from({ length: 3 * 4 * 5 }, (_, i) => ((i * 5) % 11) - 1),
      [3, 4, 5],
    ),
  ],
  'a row more often, and columns that leave the image': [
    float32([2, 2, 5], [1, 3, 1]),
    float32(counting(5, 12), [1, 1, 12]),
  ],
  'what is not a number': [
    float32([NaN, 1, Infinity], [1, 3, 1]),
    float32([0, NaN, 2, -Infinity], [1, 1, 4]),
  ],
};

const lookUp =
  (fill: readonly number[]): StepFunction =>
  ({ images: stored, rows, columns }) => ({
    y: lookUpByKernel({
      images: tf.cast(stored!, 'float32') as tf.Tensor4D,
      ...{ rows: rows!, columns: columns!, fill: tf.tensor1d([...fill]) },
    })!,
  });

describe('pixels that are looked up', () => {
  it.each(Object.entries(PLACES))(
    'are those of %s, as bytes and as floats, compiled and eagerly',
    async (_, [rows, columns]) => {
      // A colour between two levels is none of bytes.
      for (const fill of [FILL, [0.5, 0, 1]]) {
        const step = runner().step('step', lookUp(fill));
        const { y } = await step.run({ images, rows, columns });
        expect(y!.data).toEqual(expected(rows, columns, fill));
        const inputs = {
          images: tf.tensor(images.data, [...SHAPE]),
          rows: tf.tensor(rows.data, [...rows.shape]),
          columns: tf.tensor(columns.data, [...columns.shape]),
        };
        const eager = tf.tidy(() => lookUp(fill)(inputs));
        expect(eager.y!.dataSync()).toEqual(expected(rows, columns, fill));
        tf.dispose([inputs, eager]);
      }
    },
  );

  it('refuse places that do not fit their images', async () => {
    const step = runner().step('step', lookUp(FILL));
    const [rows, columns] = [float32(noise(2 * 6, 1), [2, 6, 1]), float32(noise(9, 2), [1, 1, 9])];
    await expect(step.run({ images, rows, columns })).rejects.toThrow(/Coordinates do not fit/);
  });
});
