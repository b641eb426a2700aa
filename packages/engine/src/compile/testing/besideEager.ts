import * as tf from '@tensorflow/tfjs';
import type { NdArrays, StepFunction } from '@understory/core';
import { expect } from 'vitest';
import type { CompiledRunner } from '../run/compiledRunner.ts';
import { differenceOf } from './runnerPool.ts';

/** Expects a compiled step to give what it gives op by op, within a share of it; the ops that ran, with how often each did. */
export const besideEager = async (
  runner: CompiledRunner,
  fn: StepFunction,
  { inputs, within = 1e-5 }: { readonly inputs: NdArrays; readonly within?: number },
): Promise<ReadonlyMap<string, number>> => {
  const step = runner.step('step', fn);
  const compiled = await step.run(inputs);
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]),
  );
  const eager = tf.tidy(() => fn(tensors));
  for (const [name, tensor] of Object.entries(eager)) {
    expect(compiled[name]?.shape, name).toEqual(tensor.shape);
    expect(differenceOf(compiled[name]?.data ?? [], tensor.dataSync()), name).toBeLessThan(within);
  }
  tf.dispose([eager, tensors]);
  const { ops } = await step.profile(inputs);
  return new Map(ops.map(({ op, count }) => [op, count]));
};
