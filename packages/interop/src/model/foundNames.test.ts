import { float32, type Backbone, type BackboneFactory, type NdArray, type NdArrays } from '@understory/core';
import { afterAll, describe, expect, it } from 'vitest';
import { fromModel, namesFor, OWN_NAMES, translate, withWeights, type BeginOptions } from '../index.ts';
import { codeOf } from '../names/codeOf.ts';
import { backboneOf, fileOf, nameCases, type NameCase } from '../testing/cases.test.support.ts';
import { toModel } from './toModel.ts';

const caseOf = (code: string): NameCase =>
  nameCases.find((given) => given.code === code && given.function === 'resnet')!;
const one = float32([1], [1]);
const prefixed = (prefix: string, file: NdArrays): NdArrays =>
  Object.fromEntries(Object.entries(file).map(([name, tensor]) => [prefix + name, tensor]));
const without = (pattern: RegExp, file: NdArrays): NdArrays =>
  Object.fromEntries(Object.entries(file).filter(([name]) => !pattern.test(name)));

const made: Backbone[] = [];
afterAll(() => made.forEach(({ model }) => model.dispose()));

/** Begins the case's network with a file; gives what was said, and our own names' values. */
const begin = async (
  given: NameCase,
  file: NdArrays,
  options: BeginOptions = {},
): Promise<{ said: string; weights: NdArrays }> => {
  const said: string[] = [];
  const factory: BackboneFactory = () => backboneOf(given);
  const request = { classes: 7, size: [given.side, given.side], seed: undefined as never } as const;
  const backbone = withWeights(factory, file, { ...options, say: (line) => said.push(line) })(request);
  made.push(backbone);
  return { said: said.join('\n'), weights: await fromModel(backbone.model) };
};

const kept = new Map<NameCase, NdArrays>();
/** The case's weights by our names, as its own table gives them. */
const valuesOf = async (given: NameCase): Promise<NdArrays> => {
  const known = kept.get(given);
  if (known) return known;
  const backbone = backboneOf(given);
  made.push(backbone);
  toModel(fileOf(given), backbone.model, namesFor(backbone, given.code));
  const values = await fromModel(backbone.model, OWN_NAMES);
  kept.set(given, values);
  return values;
};
const bytesOf = ({ data }: NdArray): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

const heads = { 'head.0.weight': one, 'head.0.bias': one, 'head.2.weight': one };

describe('names that are found by themselves', () => {
  it.each([
    ['cifar', (file: NdArrays) => prefixed('net.module.', file), /names of cifar\)\.$/],
    [
      'cifar',
      (file: NdArrays) => ({
        ...prefixed('model.encoder.module.', without(/^linear/, file)),
        ...prefixed('model.', heads),
      }),
      /names of cifar\), but for the classifier: the file has none.* Left out of the file: 3 tensors \(model\.head\.0\.weight/,
    ],
    [
      'official',
      (file: NdArrays) => prefixed('module.', file),
      /names of official\)\. Left out of the file: 72 tensors/,
    ],
    [
      'torchvision',
      (file: NdArrays) => ({
        ...prefixed('state_dict.module.encoder_q.', without(/^fc/, file)),
        ...prefixed('state_dict.module.encoder_k.', without(/^fc/, file)),
        ...prefixed('state_dict.module.encoder_q.fc.', { '0.weight': one, '2.weight': one }),
        'state_dict.module.queue': one,
      }),
      /names of torchvision\), but for the classifier: the file has none/,
    ],
    [
      'torchvision',
      (file: NdArrays) => ({ ...prefixed('backbone.', file), ...prefixed('backbone_momentum.', file) }),
      /names of torchvision\)\. Left out of the file: 102 tensors \(backbone_momentum/,
    ],
    [
      'torchvision',
      (file: NdArrays) => ({ ...prefixed('state_dict.model.', file), 'state_dict.classifier.weight': one }),
      /Left out of the file: 1 tensor \(state_dict\.classifier\.weight\)/,
    ],
    [
      'torchvision',
      (file: NdArrays) => ({
        ...without(/^fc/, file),
        'projection_head.layers.0.weight': one,
        'fc.1.weight': one,
      }),
      /Left out of the file: 2 tensors \(projection_head/,
    ],
    ['zoo', (file: NdArrays) => prefixed('_orig_mod.', file), /names of zoo\)\.$/],
    [
      'children',
      (file: NdArrays) => prefixed('state_dict.backbone.', without(/^9/, file)),
      /names of children\), but/,
    ],
    [
      'children-unpooled',
      (file: NdArrays) => prefixed('f.', without(/^9/, file)),
      /names of children-unpooled\), but/,
    ],
    ['children-cifar', (file: NdArrays) => prefixed('backbone.', file), /names of children-cifar\)\.$/],
  ] as const)('%s %s', async (code, change, message) => {
    const given = caseOf(code);
    const { said, weights } = await begin(given, change(fileOf(given)));
    expect(said).toMatch(message);
    const whole = await valuesOf(given);
    const isHere = (name: string): boolean =>
      !name.startsWith('classifier/') || !said.includes('classifier: ');
    for (const name of Object.keys(whole).filter(isHere))
      expect(bytesOf(weights[name]!).equals(bytesOf(whole[name]!)), name).toBe(true);
  });

  it('are looked for after the prefix that is given', async () => {
    const [given, other] = [caseOf('torchvision'), caseOf('cifar')];
    const file = { ...prefixed('ema.', fileOf(given)), ...prefixed('net.', fileOf(other)) };
    const { said } = await begin(other, file, { prefix: 'net.' });
    expect(said).toMatch(/names of cifar\)\. Left out of the file: 102 tensors \(ema\./);
  });

  it('are of the official code where its heads are there, and of the others where not', () => {
    const official = caseOf('official');
    const backbone = backboneOf(official);
    made.push(backbone);
    expect(codeOf(fileOf(official), backbone)).toBe('official');
    expect(codeOf(without(/^auxiliary/, fileOf(official)), backbone)).toBe('torchvision');
    for (const family of ['senet', 'preactResnet'] as const) {
      const given = nameCases.find((c) => c.code === 'official' && c.function === family)!;
      const other = backboneOf(given);
      made.push(other);
      expect(codeOf(fileOf(given), other), family).toBe('official');
    }
  });
});

describe('a file that does not fit', () => {
  const given = caseOf('torchvision');
  const file = fileOf(given);

  it('names options that there are, and the file', async () => {
    const deeper = { ...file, 'layer1.2.conv1.weight': one };
    await expect(begin(given, deeper, { file: 'a/resnet.pth' })).rejects.toThrow(
      /^a\/resnet\.pth: The weights \(names of torchvision\) do not fit.*Unexpected \(1\): layer1\.2\.conv1\.weight\..*"stem".*"names".*"prefix"/,
    );
  });

  it('is one message under 400 characters, whatever is missing', async () => {
    const other = Object.fromEntries(Object.keys(file).map((name) => [`x${name}`, one]));
    const wide = Object.fromEntries(
      Object.keys(file).map((name) => [name, float32(new Float32Array(16), [2, 2, 2, 2])]),
    );
    const mixed = { ...wide, 'layer1.9.conv1.weight': one, 'layer2.9.conv1.weight': one };
    for (const wrong of [
      mixed,
      Object.fromEntries(Object.entries(mixed).filter(([name]) => !/layer3\.1\.conv/.test(name))),
      without(/layer[234]/, file),
      { ...other, 'fc.bias': one },
      prefixed('a.', { 'b.c': one }),
    ]) {
      const error = await begin(given, wrong).catch((e: unknown) => e as Error);
      expect((error as Error).message.length).toBeLessThan(400);
      expect(error).toMatchObject({ code: 'weights-mismatch' });
    }
  });

  it('names a tensor that is there and cannot be read', async () => {
    const leftOut = [
      { name: 'module.bn1.bias', kind: 'tensor', why: 'it is sparse; save it dense' } as const,
    ];
    await expect(begin(given, prefixed('module.', without(/^bn1\.bias/, file)), { leftOut })).rejects.toThrow(
      /bn1\.bias is in the file and cannot be read: it is sparse.*Missing \(1\): bn1\.bias/,
    );
  });
});

describe('weights that are not finite', () => {
  const given = caseOf('torchvision');
  const file = fileOf(given);
  const weight = file['layer1.0.conv1.weight']!;
  const data = Float32Array.from(weight.data);
  data[3] = NaN;
  const broken = { ...file, 'layer1.0.conv1.weight': { ...weight, data } };

  it('are named with file and tensor before anything is changed', async () => {
    await expect(begin(given, prefixed('net.', broken), { file: 'nan.pth' })).rejects.toThrow(
      /^nan\.pth: The file holds NaN or infinite weights: net\.layer1\.0\.conv1\.weight \(1 of 2304 numbers\)/,
    );
  });

  it('matter in what is used alone', async () => {
    const { said } = await begin(given, { ...file, 'head.weight': float32([NaN], [1]) });
    expect(said).toMatch(/Left out of the file: 1 tensor \(head\.weight\)/);
  });

  it('are converted, and named', () => {
    const factory: BackboneFactory = () => backboneOf(given);
    const request = { classes: 7, size: [16, 16], seed: undefined as never } as const;
    const { notFinite, backbone } = translate(broken, factory, request, { to: 'torchvision' });
    made.push(backbone);
    expect(notFinite).toEqual(['layer1.0.conv1.weight (1 of 2304 numbers)']);
  });
});

it('an encoder without a classifier is translated without one', () => {
  const given = caseOf('cifar');
  const factory: BackboneFactory = () => backboneOf(given);
  const request = { classes: 7, size: [16, 16], seed: undefined as never } as const;
  const file = { ...prefixed('encoder.', without(/^linear/, fileOf(given))), ...heads };
  const { classifier, rest, tensors, backbone } = translate(file, factory, request, { to: 'torchvision' });
  made.push(backbone);
  expect([classifier, rest]).toEqual([false, Object.keys(heads)]);
  expect(Object.keys(tensors).filter((name) => name.startsWith('fc.'))).toEqual([]);
  const [there, here] = [
    tensors['layer2.0.downsample.0.weight']!,
    fileOf(given)['layer2.0.shortcut.0.weight']!,
  ];
  expect(bytesOf(there).equals(bytesOf(here))).toBe(true);
});
