import * as tf from '@tensorflow/tfjs';
import { float32, type NdArrays, type StepFunction } from '@understory/core';
import { afterEach, describe, expect, it } from 'vitest';
import { besideEager } from '../testing/besideEager.ts';
import { noise, runnerPool } from '../testing/runnerPool.ts';

const { runner, disposeAll } = runnerPool();
afterEach(disposeAll);

type Sizes = readonly (readonly [height: number, width: number])[];
const PYRAMID: Sizes = [
  [9, 12],
  [5, 6],
  [3, 3],
  [1, 2],
];

/** A detector's head on maps of these sizes: two convolutions, the first with a ReLU; its loss's gradients. */
const head =
  (sizes: Sizes): StepFunction =>
  ({ w, b, v, c, ...maps }) => {
    const run = (...[first, bias, last, shift, ...xs]: tf.Tensor[]): tf.Scalar => {
      const conv = (x: tf.Tensor, filter: tf.Tensor, added: tf.Tensor): tf.Tensor =>
        tf.add(tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'), added);
      const ys = xs.map((x) => conv(tf.relu(conv(x, first!, bias!)), last!, shift!));
      return tf.sum(tf.concat(ys.map((y) => tf.reshape(tf.mul(tf.square(y), tf.add(y, 1)), [-1]))));
    };
    const xs = sizes.map((_, i) => maps[`x${i}`]!);
    const [dw, db, dv, dc, ...dxs] = tf.grads(run)([w!, b!, v!, c!, ...xs]);
    const ofMaps = Object.fromEntries(dxs.map((dx, i) => [`dx${i}`, dx]));
    return { y: run(w!, b!, v!, c!, ...xs), dw: dw!, db: db!, dv: dv!, dc: dc!, ...ofMaps };
  };

const inputsOf = (sizes: Sizes, outputs: number, last = 3): NdArrays => {
  const of = (shape: number[], seed: number) =>
    float32(
      noise(tf.util.sizeFromShape(shape), seed).map((value) => value / 4),
      shape,
    );
  const maps = sizes.map(([h, w], i) => [`x${i}`, of([2, h, w, 16], 10 + i)] as const);
  return {
    ...{ w: of([3, 3, 16, 32], 1), b: of([32], 2), v: of([last, last, 32, outputs], 3), c: of([outputs], 4) },
    ...Object.fromEntries(maps),
  };
};

const OWN = ['UnderstoryConv', 'UnderstoryConvFilterGrad', 'UnderstoryConvInputGrad'];

describe('a filter that several maps share', () => {
  it.each([16, 27, 36])('is one op for a pyramid, to %d channels', async (outputs) => {
    const ops = await besideEager(runner(), head(PYRAMID), { inputs: inputsOf(PYRAMID, outputs) });
    expect(OWN.map((op) => ops.get(op))).toEqual([2, 2, 2]);
    expect(ops.has('ReluGrad')).toBe(false);
  });

  it('is one op for a pyramid, of one tap too', async () => {
    const sizes: Sizes = [[41, 28], ...PYRAMID];
    const ops = await besideEager(runner(), head(sizes), { inputs: inputsOf(sizes, 36, 1) });
    expect(OWN.map((op) => ops.get(op))).toEqual([2, 2, 2]);
  });

  it('stays close to it in bfloat16', async () => {
    const inputs = inputsOf(PYRAMID, 27);
    const ops = await besideEager(runner({ precision: 'bfloat16' }), head(PYRAMID), { inputs, within: 0.03 });
    expect(OWN.map((op) => ops.get(op))).toEqual([2, 2, 2]);
  });

  it('gives the same bits again and again', async () => {
    const inputs = inputsOf(PYRAMID, 27);
    const bits = async (): Promise<string[]> => {
      const results = await runner().step('head', head(PYRAMID)).run(inputs);
      return Object.values(results).map(({ data }) => Buffer.from(data.buffer).toString('base64'));
    };
    const first = await bits();
    for (let i = 0; i < 3; i++) expect(await bits()).toEqual(first);
  });

  it('sums up for its bias too, of large maps as of small ones', async () => {
    const sizes: Sizes = [[96, 90], ...PYRAMID];
    const ops = await besideEager(runner(), head(sizes), { inputs: inputsOf(sizes, 27), within: 1e-4 });
    expect(OWN.map((op) => ops.get(op))).toEqual([2, 2, 2]);
    expect([...ops.keys()].filter((op) => op === 'UnderstoryColumnSum')).toEqual([]);
  });

  it('is an op for each of the parts of a batch, which are of one size', async () => {
    const parts: Sizes = [
      [4, 5],
      [4, 5],
    ];
    const ops = await besideEager(runner(), head(parts), { inputs: inputsOf(parts, 16) });
    expect(OWN.map((op) => ops.get(op))).toEqual([4, 4, 4]);
  });

  it('is an op for each map where one is made of another', async () => {
    const fn: StepFunction = ({ x, w }) => {
      const conv = (map: tf.Tensor): tf.Tensor4D =>
        tf.conv2d(map as tf.Tensor4D, w as tf.Tensor4D, 1, 'same');
      const y = conv(x!);
      return { y, z: conv(tf.avgPool(y, 2, 2, 'same')) };
    };
    const inputs = {
      x: float32(noise(2 * 6 * 6 * 16, 1), [2, 6, 6, 16]),
      w: float32(noise(9 * 256, 2), [3, 3, 16, 16]),
    };
    const ops = await besideEager(runner(), fn, { inputs });
    expect(ops.get('UnderstoryConv')).toBe(2);
  });
});
