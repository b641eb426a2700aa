import { memory, tensor, tidy, transpose, type Tensor } from '@tensorflow/tfjs-core';
import { float32, networkVariables, type NdArrays, type Network } from '@understory/core';
import { streamValues } from '@understory/core/testing';
import { linear, sepConv } from '@understory/supervision';
import { describe, expect, it } from 'vitest';
import { networkFrom, type NetworkOptions, type Weights } from '../index.ts';
import { backboneOf, fileOf, nameCases } from '../testing/cases.test.support.ts';

const official = nameCases.find(({ embeddings }) => embeddings)!;
const released = fileOf(official);
const weightsOf = (tensors: NdArrays, metadata: Weights['metadata'] = {}): Weights => ({
  format: 'safetensors',
  tensors,
  metadata,
  leftOut: [],
});
const without = (pattern: RegExp): NdArrays =>
  Object.fromEntries(Object.entries(released).filter(([name]) => !pattern.test(name)));

/** Reads a network, tells what it said, and frees it. */
const reading = <T>(
  weights: Weights,
  use: (network: Network, said: readonly string[]) => T,
  options: Partial<NetworkOptions> = {},
): T => {
  const said: string[] = [];
  const backbone = backboneOf(official);
  try {
    const network = networkFrom(backbone, weights, {
      head: sepConv(),
      say: (line) => said.push(line),
      ...options,
    });
    const result = use(network, said);
    Object.values(network.modules).forEach((head) => head.dispose());
    return result;
  } finally {
    backbone.model.dispose();
  }
};

/** Checks logits and embeddings against PyTorch's. */
const expectGolden = ({ backbone, modules }: Network): void =>
  tidy(() => {
    const { side, logits, embeddings } = official;
    const images = transpose(tensor(streamValues([2, 3, side, side], 1), [2, 3, side, side]), [0, 2, 3, 1]);
    const outputs = backbone.model.apply(images) as Tensor[];
    const heads = backbone.taps
      .slice(0, -1)
      .map(({ name }, i) => modules[`contrastive-deep-supervision/${name}`]!.apply(outputs[i]!) as Tensor);
    for (const [i, expected] of [logits, ...embeddings!].entries()) {
      const values = (i === 0 ? outputs.at(-1)! : heads[i - 1]!).dataSync<'float32'>();
      expect(values.length).toBe(expected.length);
      expected.forEach((value, k) => expect(values[k]).toBeCloseTo(value, 3));
    }
  });

describe('networkFrom', () => {
  it.each(['', 'module.', 'state_dict.module.'])(
    'reads network and heads of the released code (%s)',
    (prefix) => {
      const before = memory().numTensors;
      const file = Object.fromEntries(
        Object.entries(released).map(([name, value]) => [prefix + name, value]),
      );
      reading(
        weightsOf({ ...file, [`${prefix}adaptation_layers.0.weight`]: float32([1], [1]) }),
        (network, said) => {
          expectGolden(network);
          expect(said).toEqual([
            expect.stringMatching(
              /names of official\), heads contrastive-deep-supervision\/stage1, .*Left out of the file: 1 tensor \(.*adaptation/,
            ),
          ]);
        },
      );
      expect(memory().numTensors).toBe(before);
    },
  );

  it('reads network and heads of a checkpoint, and their averages where the run kept them', () => {
    const values = reading(weightsOf(released), (network) =>
      Object.entries(networkVariables(network)).map(
        ([name, v]) => [name, float32(v.dataSync<'float32'>(), v.shape)] as const,
      ),
    );
    const checkpoint = { ...Object.fromEntries(values), 'optimizer/momentum/backbone/a': float32([1], [1]) };
    const metadata = { format: 'understory-1' };
    reading(weightsOf(checkpoint, metadata), (network) => expectGolden(network));
    const average = Object.fromEntries(values.map(([name, value]) => [`optimizer/average/${name}`, value]));
    const zeros = Object.fromEntries(
      values.map(([name, { shape, data }]) => [name, float32(new Float32Array(data.length), shape)]),
    );
    reading(weightsOf({ ...zeros, ...average }, metadata), (network) => expectGolden(network));
  });

  it('has no heads where the file has none', () => {
    reading(weightsOf(without(/^auxiliary/)), ({ modules }, said) => {
      expect(modules).toEqual({});
      expect(said).toEqual([expect.stringMatching(/names of torchvision\), no heads\.$/)]);
    });
  });

  it('leaves out a head that does not fit, and says so', () => {
    reading(weightsOf(without(/^auxiliary2\.1/)), ({ modules }, said) => {
      expect(Object.keys(modules)).toEqual([
        'contrastive-deep-supervision/stage1',
        'contrastive-deep-supervision/stage3',
      ]);
      expect(said[0]).toMatch(
        /head contrastive-deep-supervision\/stage2 of the file is left out: .*auxiliary2\.1\.op/,
      );
    });
    reading(weightsOf(released), ({ modules }) => expect(modules).toEqual({}), {
      head: linear({ width: 5 }),
    });
  });

  it('needs the whole network, its classifier too, and names the file', () => {
    const read = (tensors: NdArrays): unknown =>
      reading(weightsOf(tensors), () => undefined, { file: 'teacher.pth' });
    expect(() => read(without(/^fc\./))).toThrow(/^teacher\.pth: .*Missing \(2\): fc\.weight, fc\.bias/);
    expect(() => read({ ...released, 'bn1.bias': float32(new Float32Array(16).fill(NaN), [16]) })).toThrow(
      /^teacher\.pth: The file holds NaN or infinite weights: bn1\.bias \(16 of 16/,
    );
    expect(() => read({ ...released, 'fc.bias': float32([1], [1]) })).toThrow(/fc\.bias is \[1\], not \[7\]/);
  });
});
