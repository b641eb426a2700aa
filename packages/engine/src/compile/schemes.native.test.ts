import * as tf from '@tensorflow/tfjs';
import { batchNormTraining, type StepFunction } from '@understory/core';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ownAddon } from './graph/native.ts';
import { precisionsHere } from './precisions.ts';
import { PRECISIONS } from './target.ts';
import { besideEager } from './testing/besideEager.ts';
import { filled, hashOf, runnerPool } from './testing/runnerPool.ts';

const native = ownAddon();
const { runner, disposeAll } = runnerPool();
afterEach(disposeAll);
afterAll(() => native.useInstructionSet(native.instructionSets().at(-1) ?? 'base'));

/** One of each kernel that has several ways to be computed. */
const step: StepFunction = (inputs) => {
  const { x, wide, point, each } = inputs as Record<string, tf.Tensor4D>;
  const loss = (a: tf.Tensor, w3: tf.Tensor, w1: tf.Tensor, d: tf.Tensor): tf.Scalar => {
    const first = tf.relu(tf.conv2d(a as tf.Tensor4D, w3 as tf.Tensor4D, 1, 'same'));
    const second = tf.depthwiseConv2d(first, d as tf.Tensor4D, 1, 'same');
    const third = tf.conv2d(second, w1 as tf.Tensor4D, 2, 'same');
    return tf.mean(tf.square(third));
  };
  const gradients = tf.grads(loss)([x!, wide!, point!, each!]);
  const names = ['dx', 'dwide', 'dpoint', 'deach'];
  return {
    loss: loss(x!, wide!, point!, each!),
    norm: batchNormTraining(x!, tf.ones([16]), tf.zeros([16]), 1e-5).y,
    ...Object.fromEntries(gradients.map((gradient, i) => [names[i]!, gradient])),
  };
};

const inputs = {
  x: filled(1, 4, 9, 8, 16),
  wide: filled(2, 3, 3, 16, 32),
  point: filled(3, 1, 1, 32, 24),
  each: filled(4, 3, 3, 32, 1),
};

const WITHIN = { float32: 1e-5, bfloat16: 2e-2, 'bfloat16-stored': 2e-2 } as const;

describe.each(native.instructionSets())('kernels of %s', (set) => {
  it.each(PRECISIONS)('give what is given op by op, and the same bits again, in %s', async (precision) => {
    expect(native.useInstructionSet(set)).toBe(true);
    const ops = await besideEager(runner({ precision }), step, { inputs, within: WITHIN[precision] });
    for (const op of ['UnderstoryConv', 'UnderstoryDepthwiseFilterGrad', 'UnderstoryConvInputGrad'])
      expect(ops.has(op), op).toBe(true);
    const again = (): Promise<string> => runner({ precision }).step('again', step).run(inputs).then(hashOf);
    expect(await again()).toBe(await again());
  });
});

// Elsewhere the gradients of 3×3 filters add up what each thread has summed.
describe.runIf(native.instructionSets().includes('amx'))('kernels of tiles', () => {
  it('give the same bits by any number of threads', async () => {
    native.useInstructionSet('amx');
    const many = { ...inputs, x: filled(1, 20, 25, 24, 16) };
    const hashes = new Set<string>();
    for (const intra of [1, 2, 3, 7]) {
      const gradients = runner({ precision: 'bfloat16', threads: { intra } }).step('bits', step);
      hashes.add(hashOf(await gradients.run(many)));
    }
    expect(hashes.size).toBe(1);
  });
});

describe('what there is to choose from', () => {
  it('multiplies in bfloat16 where the processor does, and in float32 where that is asked for', async () => {
    native.useInstructionSet(native.instructionSets().at(-1) ?? 'base');
    const bits = async (precision: (typeof PRECISIONS)[number]): Promise<string> =>
      hashOf(await runner({ precision }).step('bits', step).run(inputs));
    const all = await Promise.all(PRECISIONS.map(bits));
    expect(new Set(all).size).toBe(precisionsHere().length);
  });

  it('begins with float32', () => {
    expect(precisionsHere()[0]).toBe('float32');
  });

  it('knows no set of another name', () => {
    expect(native.useInstructionSet('neon9')).toBe(false);
  });
});
