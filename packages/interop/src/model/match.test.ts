import { memory } from '@tensorflow/tfjs-core';
import { resnet } from '@understory/backbones';
import { float32, type NdArrays } from '@understory/core';
import { afterAll, describe, expect, it } from 'vitest';
import { backboneOf, fileOf, nameCases } from '../testing/cases.test.support.ts';
import { namesFor } from '../names/namesFor.ts';
import { toLayout, type MatchOptions } from './match.ts';
import { permute } from './permute.ts';
import { slotsOf } from './slots.ts';
import { fromModel, toModel } from './toModel.ts';

const given = nameCases[0]!;
const backbone = backboneOf(given);
const names = namesFor(backbone, 'torchvision');
const file = fileOf(given);
afterAll(() => backbone.model.dispose());

const without = (...left: string[]): NdArrays =>
  Object.fromEntries(Object.entries(file).filter(([name]) => !left.includes(name)));
const prefixed = (prefix: string, of: NdArrays = file): NdArrays =>
  Object.fromEntries(Object.entries(of).map(([name, tensor]) => [prefix + name, tensor]));
const match = (weights: NdArrays, options?: MatchOptions): NdArrays =>
  toLayout(weights, slotsOf(backbone.model), names, options);

describe('a mismatch', () => {
  it('is one error that lists what is missing, of another shape and unexpected', () => {
    const weights = {
      ...without('bn1.weight', 'layer1.0.conv1.weight'),
      'fc.bias': float32([1], [1]),
      'extra.weight': float32([1], [1]),
    };
    expect(() => match(weights)).toThrow(
      /Missing \(2\): bn1.weight, layer1.0.conv1.weight\. Of another shape \(1\): fc.bias is \[1\], not \[7\]\. Unexpected \(1\): extra.weight\./,
    );
  });

  it('changes nothing', async () => {
    const before = await fromModel(backbone.model, names);
    expect(() => toModel(without('fc.bias'), backbone.model, names)).toThrow(/fc.bias/);
    expect(await fromModel(backbone.model, names)).toEqual(before);
  });

  it('can be allowed, layer by layer and name by name', () => {
    const weights = {
      ...without('bn1.bias'),
      'fc.weight': float32([1], [1]),
      'extra.weight': float32([1], [1]),
    };
    const arrays = match(weights, { skip: ['classifier', 'stem/norm'], ignore: /^extra\./ });
    expect(Object.keys(arrays)).not.toContain('classifier/kernel');
    expect(Object.keys(arrays)).not.toContain('stem/norm/gamma');
    expect(Object.keys(arrays)).toContain('stem/conv/kernel');
  });
});

describe('what stands before the names', () => {
  it.each(['module.', 'state_dict.', 'model.backbone.', 'a.b.c.module.'])('%s is found', (prefix) => {
    expect(Object.keys(match(prefixed(prefix))).length).toBe(Object.keys(file).length);
  });

  it('is found where other things lie beside the network', () => {
    const counters = { 'net.bn1.num_batches_tracked': float32([3], []) };
    const weights = { ...prefixed('net.'), ...counters, 'optimizer.state.0': float32([1], [1]) };
    expect(Object.keys(match(weights)).length).toBe(Object.keys(file).length);
  });

  it('must be said where there are two networks', () => {
    const both = { ...prefixed('model.'), ...prefixed('ema.') };
    expect(() => match(both)).toThrow(/2 times, after "model.", "ema."\. Say which with the option prefix/);
    expect(Object.keys(match(both, { prefix: 'ema.' })).length).toBe(Object.keys(file).length);
  });
});

it('a Buffer of numbers is turned as any other array, and is not changed', () => {
  const bytes = Uint8Array.from({ length: 6 }, (_, i) => i);
  const given = Buffer.from(bytes);
  const { data } = permute({ dtype: 'uint8', shape: [2, 3], data: given }, [1, 0]);
  expect(Array.from(data)).toEqual([0, 3, 1, 4, 2, 5]);
  expect(Array.from(given)).toEqual(Array.from(bytes));
});

it('writing adds the counters that PyTorch asks for, and leaks no tensor', async () => {
  const small = resnet({ variant: 'resnet18', width: 0.1, depth: 0.01, classes: 2, size: 8 });
  const before = memory().numTensors;
  const written = await fromModel(small.model, names);
  expect(written['bn1.num_batches_tracked']).toEqual({ dtype: 'int32', shape: [], data: Int32Array.of(0) });
  toModel(written, small.model, names);
  expect(memory().numTensors).toBe(before);
  small.model.dispose();
});
