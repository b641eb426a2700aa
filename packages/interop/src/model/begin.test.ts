import { memory } from '@tensorflow/tfjs-core';
import { resnet } from '@understory/backbones';
import { float32, seedOf, type BackboneFactory, type NdArrays } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { backboneTensors, codeOf, fromModel, namesFor, translate, withWeights } from '../index.ts';

const factory: BackboneFactory = ({ size, ...request }) =>
  resnet({ variant: 'resnet18', stem: 'cifar', width: 1 / 16, depth: 0.01, size, ...request });
const request = (classes: number, seed = 1) => ({ classes, size: [16, 16] as const, seed: seedOf(seed) });

/** A file as torchvision's code would write it, with `module.` before the names. */
const torchvisionFile = async (classes: number): Promise<NdArrays> => {
  const backbone = factory(request(classes, 7));
  const tensors = await fromModel(backbone.model, namesFor(backbone, 'torchvision'));
  backbone.model.dispose();
  return Object.fromEntries(Object.entries(tensors).map(([name, t]) => [`module.${name}`, t]));
};

const weightsOf = async (make: BackboneFactory, classes: number): Promise<NdArrays> => {
  const backbone = make(request(classes));
  const weights = await fromModel(backbone.model);
  backbone.model.dispose();
  return weights;
};

describe('withWeights', () => {
  it('begins with all of a file that fits', async () => {
    const before = memory().numTensors;
    const said: string[] = [];
    const make = withWeights(factory, await torchvisionFile(7), { say: (line) => said.push(line) });
    const [begun, source] = [await weightsOf(make, 7), await weightsOf(() => factory(request(7, 7)), 7)];
    expect(begun).toEqual(source);
    expect(said).toEqual(["resnet18 begins with the file's weights (names of torchvision)."]);
    expect(memory().numTensors).toBe(before);
  });

  it('leaves out a classifier of another size, and says so once', async () => {
    const said: string[] = [];
    const make = withWeights(factory, await torchvisionFile(7), { say: (line) => said.push(line) });
    const [begun, source, fresh] = [
      await weightsOf(make, 3),
      await weightsOf(() => factory(request(7, 7)), 7),
      await weightsOf(factory, 3),
    ];
    await weightsOf(make, 3);
    for (const name of Object.keys(begun))
      expect(begun[name], name).toEqual((name.startsWith('classifier/') ? fresh : source)[name]);
    expect(said).toEqual([
      expect.stringMatching(/but for the classifier: the file has 7 classes, this run 3; it starts afresh/),
    ]);
  });

  it('leaves out the classifier where the run has none, and says so', async () => {
    const said: string[] = [];
    const make = withWeights(factory, await torchvisionFile(7), { say: (line) => said.push(line) });
    const [begun, source] = [await weightsOf(make, 0), await weightsOf(() => factory(request(7, 7)), 7)];
    for (const [name, weight] of Object.entries(begun)) expect(weight, name).toEqual(source[name]);
    expect(said).toEqual([
      expect.stringMatching(
        /names of torchvision\)\. Left out of the file: 2 tensors \(\S+fc.weight, \S+fc.bias\)\.$/,
      ),
    ]);
  });

  it('takes a file without a classifier, and refuses one that lacks more', async () => {
    const file = await torchvisionFile(7);
    const without = (pattern: RegExp): NdArrays =>
      Object.fromEntries(Object.entries(file).filter(([name]) => !pattern.test(name)));
    expect(Object.keys(await weightsOf(withWeights(factory, without(/\.fc\./)), 7))).toContain(
      'classifier/kernel',
    );
    expect(() => withWeights(factory, without(/layer2/))(request(7))).toThrow(/Missing \(\d+\): layer2\.0/);
  });
});

describe('translate', () => {
  it('takes the names of one code to those of another, with the classes of the file', async () => {
    const file = await torchvisionFile(7);
    const there = translate(file, factory, request(100));
    expect([there.from, there.to, there.backbone.classes]).toEqual(['torchvision', 'understory', 7]);
    expect(there.tensors).toEqual(await weightsOf(() => factory(request(7, 7)), 7));
    there.backbone.model.dispose();
    const back = translate(there.tensors, factory, request(100), { to: 'torchvision' });
    back.backbone.model.dispose();
    expect(back.from).toBe('understory');
    for (const [name, tensor] of Object.entries(back.tensors)) expect(file[`module.${name}`]).toEqual(tensor);
  });

  it('lists what is missing, misshapen and unexpected', async () => {
    const [given, other] = [Object.entries(await torchvisionFile(7)), float32([0], [1])];
    const kept = Object.fromEntries(given.filter(([name]) => name !== 'module.fc.bias'));
    const wrong = { ...kept, 'module.conv1.weight': other, 'module.more': other };
    const message =
      /Missing \(1\): fc\.bias\..*conv1\.weight is \[1\], not \[4, 3, 3, 3\].*Unexpected \(1\): more/;
    expect(() => translate(wrong, factory, request(7))).toThrow(message);
  });
});

it('codeOf says what a file holds where it fits no code', () => {
  const backbone = factory({ ...request(7), blank: true });
  expect(() => codeOf({ 'a.b': float32([0], [1]) }, backbone)).toThrow(/it holds a\.b\. Is it for another/);
  backbone.model.dispose();
});

it('backboneTensors takes the backbone out of a checkpoint', () => {
  const [weight, other] = [float32([1], [1]), float32([2], [1])];
  const tensors = { 'backbone/stem/conv/kernel': weight, 'cds/stage1/conv/kernel': other };
  const file = { format: 'safetensors', tensors, metadata: { format: 'understory-1' } } as const;
  expect(backboneTensors(file)).toEqual({ 'stem/conv/kernel': weight });
  expect(backboneTensors({ ...file, metadata: {} })).toBe(tensors);
});
