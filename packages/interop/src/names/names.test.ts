import { memory, tensor, tidy, transpose, type Tensor } from '@tensorflow/tfjs-core';
import { seedOf, type Backbone, type NdArray, type Tap } from '@understory/core';
import { streamValues } from '@understory/core/testing';
import { sepConv } from '@understory/supervision';
import { describe, expect, it } from 'vitest';
import { fromModel, toModel } from '../model/toModel.ts';
import { backboneOf, fileOf, nameCases, type NameCase } from '../testing/cases.test.support.ts';
import { cdsHeads } from './cdsHeads.ts';
import { codesFor, namesFor } from './namesFor.ts';
import { OWN_NAMES } from './nameTable.ts';

const imagesOf = (side: number): Tensor =>
  tidy(() => transpose(tensor(streamValues([2, 3, side, side], 1), [2, 3, side, side]), [0, 2, 3, 1]));

const expectClose = (actual: Tensor, expected: readonly number[]): void => {
  const values = actual.dataSync<'float32'>();
  const size = Math.max(...expected.map(Math.abs));
  expect(values.length).toBe(expected.length);
  for (const [i, value] of expected.entries())
    expect(Math.abs(values[i]! - value)).toBeLessThan(1e-4 * Math.max(1, size));
};

const bytesOf = ({ data }: NdArray): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
const title = ({ code, options }: NameCase): string => `${options.variant} of ${code}`;

describe.each(nameCases.map((given) => [title(given), given] as const))('%s', (_, given) => {
  it('gives the same logits with its weights, and gets them back unchanged', async () => {
    const before = memory().numTensors;
    const file = fileOf(given);
    const backbone: Backbone = backboneOf(given);
    const names = namesFor(backbone, given.code);
    toModel(file, backbone.model, names);
    tidy(() => expectClose((backbone.model.apply(imagesOf(given.side)) as Tensor[]).at(-1)!, given.logits));
    const back = await fromModel(backbone.model, names);
    const expected = Object.keys(file).filter((name) => !names.ignores?.test(name));
    expect(
      Object.keys(back)
        .filter((name) => !name.endsWith('num_batches_tracked'))
        .sort(),
    ).toEqual(expected.sort());
    for (const name of expected) {
      expect(back[name]!.shape, name).toEqual(file[name]!.shape);
      expect(bytesOf(back[name]!).equals(bytesOf(file[name]!)), name).toBe(true);
    }
    backbone.model.dispose();
    expect(memory().numTensors).toBe(before);
  });
});

it('projection heads of the released code give the same embeddings', () => {
  const given = nameCases.find(({ embeddings }) => embeddings)!;
  const file = fileOf(given);
  const backbone = backboneOf(given);
  toModel(file, backbone.model, namesFor(backbone, 'official'));
  const outputs = tidy(() => backbone.model.apply(imagesOf(given.side)) as Tensor[]);
  for (const stage of [1, 2, 3]) {
    const towards = backbone.taps.slice(stage - 1) as readonly Tap[];
    const shape = outputs[stage - 1]!.shape.slice(1) as [number, number, number];
    const head = sepConv()({
      name: `stage${stage}`,
      towards,
      shape,
      features: backbone.features,
      seed: seedOf(1),
    });
    toModel(file, head, cdsHeads(stage));
    tidy(() => expectClose(head.apply(outputs[stage - 1]!) as Tensor, given.embeddings![stage - 1]!));
    head.dispose();
  }
  outputs.forEach((output) => output.dispose());
  backbone.model.dispose();
});

describe('our own names', () => {
  it('take a model to a file and back', async () => {
    const given = nameCases.find(({ options }) => options.variant === 'resnext50')!;
    const backbone = backboneOf(given);
    toModel(fileOf(given), backbone.model, namesFor(backbone, given.code));
    const file = await fromModel(backbone.model);
    expect(Object.keys(file)).toContain('stage1/block0/conv1/kernel');
    const other = backboneOf(given);
    toModel(file, other.model, OWN_NAMES);
    tidy(() => expectClose((other.model.apply(imagesOf(given.side)) as Tensor[]).at(-1)!, given.logits));
    other.model.dispose();
    backbone.model.dispose();
  });
});

describe('namesFor', () => {
  it('names the codes that are known', () => {
    const backbone = backboneOf(nameCases[0]!);
    expect(codesFor('resnet18').slice(0, 6)).toEqual([
      ...['understory', 'torchvision', 'timm', 'official', 'zoo', 'cifar'],
    ]);
    expect(() => namesFor(backbone, 'torchvison')).toThrow(
      /Did you mean "torchvision"\? Known: understory, torchvision/,
    );
    expect(() => namesFor({ ...backbone, name: 'mine' }, 'timm')).toThrow(
      /No names of other code are known for the backbone "mine"/,
    );
    backbone.model.dispose();
  });
});
