import * as tf from '@tensorflow/tfjs';
import { batchNormTraining, float32, type NdArrays, type StepFunction } from '@understory/core';
import { afterEach, describe, expect, it } from 'vitest';
import { nativeOps, type Attributes } from '../../eager/nativeOp.ts';
import { ownAddon } from '../graph/native.ts';
import { besideEager } from '../testing/besideEager.ts';
import { differenceOf, filled, noise, runnerPool } from '../testing/runnerPool.ts';

const { runner, disposeAll } = runnerPool();
afterEach(disposeAll);

type Body = (norm: (x: tf.Tensor, which: 0 | 1) => tf.Tensor4D, x: tf.Tensor, z: tf.Tensor) => tf.Tensor;

const CASES: Readonly<Record<string, Body>> = {
  'on its own': (norm, x) => norm(x, 0),
  'before a ReLU': (norm, x) => tf.relu(norm(x, 0)),
  'before a ReLU6': (norm, x) => tf.relu6(norm(x, 0)),
  'before a sum, often above 6, and a ReLU6': (norm, x, z) => tf.relu6(tf.add(norm(x, 0), tf.mul(z, 9))),
  'before a sum and a ReLU': (norm, x, z) => tf.relu(tf.add(norm(x, 0), z)),
  'before a sum with the input, the other way round': (norm, x) => tf.relu(tf.add(x, norm(x, 0))),
  'twice before a sum and a ReLU': (norm, x, z) => tf.relu(tf.add(norm(x, 0), norm(z, 1))),
  'whose result is taken twice': (norm, x) => {
    const y = norm(x, 0);
    return tf.add(tf.relu(y), tf.square(y));
  },
  'whose sum is taken twice': (norm, x, z) => {
    const sum = tf.add(norm(x, 0), z);
    return tf.mul(tf.relu(sum), sum);
  },
  'after a ReLU that others take too': (norm, x, z) => {
    const y = tf.relu(norm(x, 0));
    return tf.add(norm(y, 1), tf.mul(y, z));
  },
  'before a sum with a vector': (norm, x) => tf.relu(tf.add(norm(x, 0), tf.tensor1d(noise(16, 9)))),
};

const stepOf =
  (body: Body): StepFunction =>
  ({ x, z, scale, offset, dy }) => {
    const statistics: tf.Tensor[] = [];
    const apply = (...[a, b, s, o]: tf.Tensor[]): tf.Tensor => {
      const norm = (input: tf.Tensor, which: 0 | 1): tf.Tensor4D => {
        const of = (vector: tf.Tensor): tf.Tensor1D => tf.slice1d(vector as tf.Tensor1D, which * 16, 16);
        const { y, mean, variance } = batchNormTraining(input as tf.Tensor4D, of(s!), of(o!), 1e-3);
        statistics.push(tf.keep(tf.add(mean, variance)));
        return y;
      };
      return tf.sub(body(norm, a!, b!), tf.mul(b!, 0.5)); // so that every gradient depends on something
    };
    const [dx, dz, dscale, doffset] = tf.grads(apply)([x!, z!, scale!, offset!], dy);
    tf.dispose(statistics.splice(0));
    const y = apply(x!, z!, scale!, offset!);
    const seen = tf.concat(statistics.map((one) => tf.clone(one)));
    tf.dispose(statistics);
    return { y, dx: dx!, dz: dz!, dscale: dscale!, doffset: doffset!, seen };
  };

const inputs: NdArrays = {
  x: float32(
    noise(3 * 5 * 7 * 16, 1).map((v) => 3 * v + 5),
    [3, 5, 7, 16],
  ),
  z: float32(noise(3 * 5 * 7 * 16, 2), [3, 5, 7, 16]),
  scale: float32(noise(32, 3), [32]),
  offset: float32(noise(32, 4), [32]),
  dy: float32(noise(3 * 5 * 7 * 16, 5), [3, 5, 7, 16]),
};

describe('batch norm in a compiled step', () => {
  it.each(Object.entries(CASES))('%s gives what eager gives', async (_name, body) => {
    const fn = stepOf(body);
    const step = runner().step('norm', fn);
    const compiled = await step.run(inputs);
    const tensors = Object.entries(inputs).map(([k, { data, shape }]) => [k, tf.tensor(data, [...shape])]);
    const eager = tf.tidy(() => fn(Object.fromEntries(tensors) as Record<string, tf.Tensor>));
    for (const [name, tensor] of Object.entries(eager)) {
      expect(differenceOf(compiled[name]!.data, tensor.dataSync()), name).toBeLessThan(1e-5);
    }
    const { ops } = await step.profile(inputs);
    expect(ops.some(({ op }) => op === 'UnderstoryBatchNorm')).toBe(true);
    expect(ops.filter(({ op }) => op.includes('FusedBatchNorm'))).toEqual([]);
  });

  it.each(['twice before a sum and a ReLU', 'before a ReLU6'])('takes all that is %s along', async (name) => {
    const { ops } = await runner().step('norm', stepOf(CASES[name]!)).profile(inputs);
    expect(ops.filter(({ op }) => /^Relu/.test(op))).toEqual([]);
  });

  it('gives the same bits again and again, whichever thread takes which rows', async () => {
    const shape = [4, 40, 40, 16];
    const of = (seed: number) => float32(noise(4 * 40 * 40 * 16, seed), shape);
    const many = { ...inputs, x: of(1), z: of(2), dy: of(5) };
    const bits = async (): Promise<string[]> => {
      const results = await runner().step('norm', stepOf(CASES['twice before a sum and a ReLU']!)).run(many);
      return Object.values(results).map(({ data }) => Buffer.from(data.buffer).toString('base64'));
    };
    const first = await bits();
    for (let i = 0; i < 4; i++) expect(await bits()).toEqual(first);
  });

  it('lets what is not a number through its ReLU, so that a guard sees it', async () => {
    const data = noise(3 * 5 * 7 * 16, 1);
    data[0] = NaN;
    const { y } = await runner()
      .step('norm', stepOf(CASES['before a ReLU']!))
      .run({ ...inputs, x: float32(data, [3, 5, 7, 16]) });
    expect(y!.data[0]).toBeNaN();
  });
});

describe('batch norm of no channels', () => {
  it('is left to TensorFlow', async () => {
    const fn: StepFunction = ({ x, each, dy }) => {
      const norm = (input: tf.Tensor): tf.Tensor =>
        batchNormTraining(input as tf.Tensor4D, each as tf.Tensor1D, each as tf.Tensor1D, 1e-3).y;
      return { y: norm(x!), dx: tf.grad(norm)(x!, dy) };
    };
    const inputs = { x: filled(1, 2, 3, 3, 0), each: filled(2, 0), dy: filled(3, 2, 3, 3, 0) };
    const ops = await besideEager(runner(), fn, { inputs });
    expect([...ops.keys()].filter((op) => op.startsWith('Understory'))).toEqual([]);
  });

  const attributes: Attributes = {
    T: { type: 'float32' },
    epsilon: { float: 1e-3 },
    ceiling: { float: 0 },
    N: { int: 0 },
  };
  const maps = [2, 3, 3, 0];
  it.each<[string, Attributes, number[][], number]>([
    ['UnderstoryBatchNorm', attributes, [maps, [0], [0]], 3],
    ['UnderstoryBatchNormGrad', { ...attributes, side: { flag: false } }, [maps, maps, [0], [0], [0]], 4],
  ])('is refused by the addon: %s', (op, given, shapes, outputs) => {
    ownAddon();
    tf.tidy(() => {
      const inputs = shapes.map((shape) => tf.zeros(shape));
      expect(() => nativeOps(op, given, inputs, outputs)).toThrow(/not supported/);
    });
  });
});
