import { memory, scalar, tensor1d } from '@tensorflow/tfjs-core';
import { input, layers, model, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { copyToAverages, moveAverages, pairVariables, stateVariable } from './variables.ts';

const made = (name: string): LayersModel => {
  const inputs = input({ shape: [2] });
  const dense = layers.dense({ name, units: 1 }).apply(inputs);
  const batchNorm = layers.batchNormalization({ name: `${name}-norm` }).apply(dense) as SymbolicTensor;
  return model({ inputs, outputs: batchNorm, name: `model-${name}` });
};

it('pairs the weights of two models by name, all or of one kind', () => {
  const [one, two] = [made('a'), made('a')];
  expect([undefined, true, false].map((t) => pairVariables(one, two, t).length)).toEqual([6, 4, 2]);
  for (const [now, average] of pairVariables(one, two)) expect(average.shape).toEqual(now.shape);
});

it('refuses models whose weights have other names', () => {
  const pair = (): unknown => pairVariables(made('a'), made('b'));
  expect(pair).toThrow('The average of "model-a" has no weight "a/kernel".');
});

it('copies and moves averages, and leaves no tensors behind', () => {
  const [now, average] = [stateVariable(tensor1d([4, 8])), stateVariable(tensor1d([0, 0]))];
  const share = scalar(0.75);
  const before = memory().numTensors;
  moveAverages([[now, average]], share);
  expect([...average.dataSync()]).toEqual([1, 2]);
  copyToAverages([[now, average]]);
  expect([...average.dataSync()]).toEqual([4, 8]);
  expect(memory().numTensors).toBe(before);
});
