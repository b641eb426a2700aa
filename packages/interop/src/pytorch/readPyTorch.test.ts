import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Weights } from '../index.ts';
import { readWeights } from '../node/index.ts';

const at = (name: string): string => path.join(import.meta.dirname, '../../testdata', name);
const values = ({ tensors }: Weights, name: string): number[] => Array.from(tensors[name]!.data);
const left = ({ leftOut }: Weights): Record<string, string> =>
  Object.fromEntries(leftOut.map(({ name, why }) => [name, why]));

describe('what lies beside the tensors', () => {
  it.each(['harmless.pt', 'harmless1.pt', 'harmless5.pt'])(
    'stays inert, is named, and refuses no file (%s)',
    async (name) => {
      const file = await readWeights(at(name));
      expect(values(file, 'weights.a')).toEqual([0, 1, 2, 3]);
      expect(Object.keys(file.tensors)).toEqual(['weights.a', 'optimizer.state.0.step']);
      expect(left(file)).toMatchObject({
        namespace: 'argparse.Namespace',
        device: 'torch.device',
        dataclass: '__main__.State',
        enum: '__main__.Colour',
        partial: 'functools.partial',
        time: 'datetime.datetime',
        path: 'pathlib.PurePosixPath',
        named: '__main__.Row',
        'nested.0.0.deep.0': 'argparse.Namespace',
      });
      expect(file.leftOut.every(({ kind }) => kind === 'object')).toBe(true);
      expect(file.metadata).toMatchObject({
        dtype: 'torch.float32',
        'namespace.batch': '256',
        long: String(2n ** 100n),
        negative: String(-(2 ** 40)),
      });
    },
  );

  it('is read where it holds tensors: attributes, fields and items', async () => {
    const file = await readWeights(at('objects.pt'));
    for (const name of ['state.network.a', 'state.network.more.b', 'row.1', 'held.mean'])
      expect(values(file, name), name).toEqual([0, 1, 2, 3]);
    expect(file.leftOut).toEqual([]);
  });
});

describe('a module that was saved whole', () => {
  it('has the names of its state_dict', async () => {
    const file = await readWeights(at('whole.pt'));
    expect(Object.keys(file.tensors).sort()).toEqual(
      [
        ...['conv.weight', 'conv.bias', 'rest.0.weight', 'rest.0.bias'],
        ...['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked'].map((n) => `norm.${n}`),
      ]
        .map((name) => `net.module.${name}`)
        .sort(),
    );
    expect(file.metadata).toEqual({ epoch: '3' });
  });

  it.each(['module.pt', 'script.pt', 'old-module.pth'])('%s', async (name) => {
    const { tensors, leftOut } = await readWeights(at(name));
    expect([tensors.weight!.shape, tensors.bias!.shape, leftOut]).toEqual([[2, 2], [2], []]);
  });
});

describe('a tensor that cannot be read', () => {
  it.each(['wide.pt', 'wide.safetensors'])('does not refuse the others, and is named (%s)', async (name) => {
    const file = await readWeights(at(name));
    expect(values(file, 'a')).toEqual([0, 1, 2, 3]);
    expect(left(file)['wide']).toMatch(/holds 1099511627776, which int32 cannot hold/);
    expect(file.leftOut.every(({ kind }) => kind === 'tensor')).toBe(true);
  });

  it('is named with its type', async () => {
    const file = await readWeights(at('odd.pt'));
    expect(Object.keys(file.tensors)).toEqual(['a']);
    expect(left(file)).toEqual({
      complex: 'elements of torch.ComplexFloatStorage are not read',
      sparse: 'it is sparse; save it dense',
      small: 'elements of torch.float8_e5m2 are not read',
      meta: 'it is on the device "meta", without numbers',
    });
    expect(left(await readWeights(at('wide.safetensors')))['small']).toMatch(/"F8_E4M3"; readable are F32/);
  });
});

describe('the format from before 1.6', () => {
  it('gives views, types and shared storages', async () => {
    const file = await readWeights(at('old-kinds.pth'));
    const of = (name: string): number[] => values(file, `state_dict.${name}`);
    expect(of('view')).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
    expect(of('slice')).toEqual([5, 6, 9, 10]);
    expect([of('half'), of('tied')]).toEqual([of('tied'), Array.from({ length: 12 }, (_, i) => i)]);
    expect([of('long'), of('bool')]).toEqual([[-1, 2], [1]]);
    expect(left(file)).toEqual({
      'state_dict.odd': 'elements of torch.ComplexFloatStorage are not read',
      args: 'argparse.Namespace',
    });
    expect(file.metadata).toEqual({ epoch: '3', 'args.a': '1' });
  });

  it('ends where its numbers end, or is cut off', async () => {
    const bytes = new Uint8Array(readFileSync(at('old.pth')));
    expect(values(await readWeights(bytes), 'a')).toEqual([0, 1, 2, 3]);
    await expect(readWeights(bytes.subarray(0, -1))).rejects.toThrow(/Not a sound PyTorch file: it ends in/);
  });
});
