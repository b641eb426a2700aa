import { add, memory, mul, sum, variable, tensor1d, type Tensor1D } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { float32, uint8 } from '../contracts/arrays.ts';
import { eagerRunner } from './eagerRunner.ts';

it('runs a step that assigns a variable, and leaves no tensor behind', async () => {
  const runner = eagerRunner();
  const total = variable(tensor1d([0, 0]), false);
  const step = runner.step('count', ({ x }) => {
    total.assign(add<Tensor1D>(total, x!));
    return { doubled: mul(x!, 2), sum: sum(total) };
  });
  await step.run({ x: float32([1, 2], [2]) });
  const before = memory().numTensors;
  const out = await step.run({ x: float32([1, 2], [2]) });
  expect(memory().numTensors).toBe(before);
  expect([...out['doubled']!.data]).toEqual([2, 4]);
  expect(out['sum']!.data[0]).toBe(6);
  expect([...(await runner.read([total]))[0]!.data]).toEqual([2, 4]);
  await runner.write([total], [float32([7, 8], [2])]);
  expect(memory().numTensors).toBe(before);
  expect([...total.dataSync()]).toEqual([7, 8]);
  total.dispose();
});

it('shows uint8 inputs to the step as int32', async () => {
  const step = eagerRunner().step('type', ({ x }) => ({ y: add(x!, x!) }));
  const { y } = await step.run({ x: uint8(Uint8Array.of(255), [1]) });
  expect(y!.dtype).toBe('int32');
  expect(y!.data[0]).toBe(510);
});

it('refuses values of another shape, by name', async () => {
  const v = variable(tensor1d([1, 2]), false, 'weights/a');
  await expect(async () => eagerRunner().write([v], [float32([1], [1])])).rejects.toThrow(
    /\[1\].*"weights\/a".*\[2\]/,
  );
  v.dispose();
});
