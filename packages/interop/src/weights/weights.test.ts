import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { tensor, tidy, transpose, variable, type Tensor } from '@tensorflow/tfjs-core';
import { resnet } from '@understory/backbones';
import {
  decodeSafetensors,
  eagerRunner,
  float32,
  takeCheckpoint,
  type NdArrays,
  UnderstoryError,
} from '@understory/core';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { fromModel, namesFor, toModel } from '../index.ts';
import { convertWeights, inspectWeights, readWeights, writeWeights } from '../node/index.ts';

const at = (name: string): string => path.join(import.meta.dirname, '../../testdata', name);
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(at(name)));
const values = ({ tensors }: { tensors: NdArrays }, name: string): number[] =>
  Array.from(tensors[name]!.data);
const folder = await mkdtemp(path.join(os.tmpdir(), 'understory-interop-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('readWeights', () => {
  it('reads what torch.save wrote, with what lies beside the tensors', async () => {
    const { format, tensors, metadata } = await readWeights(at('tiny.pth'));
    const same = await readWeights(bytesOf('tiny.safetensors'));
    expect([format, same.format]).toEqual(['pytorch', 'safetensors']);
    expect(metadata).toEqual({ epoch: '12', arch: 'tiny', best: '0.25' });
    for (const [name, value] of Object.entries(same.tensors))
      expect(tensors[`state_dict.module.${name}`]).toEqual(value);
    expect(Object.keys(tensors).length).toBe(Object.keys(same.tensors).length);
  });

  it('refuses a checkpoint of a run whose bytes are not those that were written', async () => {
    const progress = { step: 1, bestEpoch: -1, bestValue: null, sums: {}, seconds: 1, images: 2 };
    const kernel = variable(tensor([1, 2]));
    const parts = await takeCheckpoint(eagerRunner(), { kernel }, progress);
    kernel.dispose();
    const bytes = Buffer.concat(parts);
    expect(values(await readWeights(bytes), 'kernel')).toEqual([1, 2]);
    bytes[bytes.length - 1]! ^= 1;
    const refused = { code: 'damaged', message: expect.stringContaining('checksum') as string };
    await expect(readWeights(bytes)).rejects.toMatchObject(refused);
    await expect(inspectWeights(bytes)).rejects.toMatchObject(refused);
  });

  it('reads views, shared storage, every type, parameters and lists', async () => {
    const file = await readWeights(at('kinds.pt'));
    const base = Array.from({ length: 12 }, (_, i) => i);
    expect(file.tensors.transposed!.shape).toEqual([4, 3]);
    expect(values(file, 'transposed')).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
    expect(values(file, 'slice')).toEqual([5, 6, 9, 10]);
    expect(values(file, 'expanded')).toEqual([1, 1, 1, 2, 2, 2]);
    for (const name of ['tied', 'half', 'bfloat16', 'double']) expect(values(file, name)).toEqual(base);
    expect(file.tensors.half!.dtype).toBe('float32');
    expect([file.tensors.long!.dtype, values(file, 'long')]).toEqual(['int32', [-1, 2]]);
    expect([file.tensors.bool!.dtype, values(file, 'bool')]).toEqual(['bool', [1, 0]]);
    expect([file.tensors.uint8!.dtype, values(file, 'uint8')]).toEqual(['uint8', [0, 255]]);
    expect([file.tensors.scalar!.shape, values(file, 'scalar')]).toEqual([[], [5]]);
    expect([file.tensors.empty!.shape, values(file, 'empty')]).toEqual([[0, 3], []]);
    expect(values(file, 'parameter')).toEqual([1, 1]);
    expect([values(file, 'list.0'), values(file, 'list.1.deep')]).toEqual([[0], [1]]);
  });

  it.each([
    ['evil.pt', 'unsafe-pickle', /wants to call "(posix|nt|os)\.system".*Nothing of it was run.*state_dict/],
    ['compressed.pt', 'bad-pytorch', /is compressed/],
    ['climbing.pt', 'bad-pytorch', /invalid relative path: \.\.\/outside/],
    ['billion.pt', 'bad-pytorch', /"a" of shape \[1000000000\] is larger than the file allows/],
  ])('refuses %s', async (name, code, message) => {
    const reading = readWeights(at(name));
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toMatchObject({ code });
  });

  it('names other formats and what to do with them', async () => {
    await expect(readWeights(Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0))).rejects.toThrow(
      /HDF5.*tensorflowjs_converter/,
    );
    await expect(readWeights(new Uint8Array(3))).rejects.toThrow(/Not a sound safetensors file/);
  });

  it('reads or refuses damaged files, in bounded memory and time', async () => {
    const whole = bytesOf('kinds.pt');
    const start = whole.findIndex(
      (_, i) => new TextDecoder().decode(whole.subarray(i, i + 2)) === '\x80\x02',
    );
    const readsOrRefuses = async (bytes: Uint8Array): Promise<void> => {
      try {
        const { tensors } = await readWeights(bytes);
        const size = Object.values(tensors).reduce((sum, { data }) => sum + data.byteLength, 0);
        expect(size).toBeLessThanOrEqual(4 * 8 * bytes.length);
      } catch (error) {
        expect(error).toBeInstanceOf(UnderstoryError);
      }
    };
    const change = fc.tuple(
      fc.oneof(fc.nat(whole.length - 1), fc.integer({ min: start, max: start + 1400 })),
      fc.nat(255),
    );
    const damaged = fc.tuple(
      fc.array(change, { minLength: 1, maxLength: 4 }),
      fc.option(fc.nat(whole.length), { freq: 5 }),
    );
    const property = fc.asyncProperty(damaged, ([changes, length]) => {
      const bytes = whole.slice(0, length ?? undefined);
      for (const [i, byte] of changes) if (i < bytes.length) bytes[i] = byte;
      return readsOrRefuses(bytes);
    });
    await fc.assert(property, { numRuns: 1500 });
    const zipLike = fc
      .uint8Array({ maxLength: 200 })
      .map((bytes) => Uint8Array.of(0x50, 0x4b, 3, 4, ...bytes));
    await fc.assert(fc.asyncProperty(zipLike, readsOrRefuses), { numRuns: 300 });
  });
});

describe('weights on the way', () => {
  it('from torchvision’s network give its logits here, and are the same file afterwards', async () => {
    const { tensors } = await readWeights(at('tiny.pth'));
    const tiny = resnet({
      variant: 'resnet18',
      width: 1 / 16,
      depth: 0.01,
      classes: 7,
      size: 16,
      blank: true,
    });
    const names = namesFor(tiny, 'torchvision');
    toModel(tensors, tiny.model, names);
    const pixels = Float32Array.from({ length: 2 * 3 * 16 * 16 }, (_, i) =>
      Math.sin(Math.fround(Math.fround(i) * Math.fround(0.7))),
    );
    const logits = tidy(() => {
      const images = transpose(tensor(pixels, [2, 3, 16, 16]), [0, 2, 3, 1]);
      return (tiny.model.apply(images) as Tensor[]).at(-1)!.dataSync<'float32'>();
    });
    const expected = (JSON.parse(readFileSync(at('tiny.json'), 'utf8')) as { logits: number[] }).logits;
    expected.forEach((value, i) => expect(logits[i]).toBeCloseTo(value, 4));

    const out = path.join(folder, 'out.safetensors');
    await writeWeights(out, await fromModel(tiny.model, names), { source: 'test' });
    const written = decodeSafetensors(new Uint8Array(await readFile(out)));
    const original = decodeSafetensors(bytesOf('tiny.safetensors'));
    expect(written.metadata).toEqual({ format: 'pt', source: 'test' });
    expect(written.tensors).toEqual({
      ...original.tensors,
      ...Object.fromEntries(
        Object.entries(original.tensors).filter(([name]) => name.endsWith('num_batches_tracked')),
      ),
    });
    tiny.model.dispose();
  });

  it('are converted to safetensors, renamed or left out', async () => {
    const short = (name: string): string | undefined =>
      name.endsWith('num_batches_tracked') ? undefined : name.replace('state_dict.module.', '');
    const { tensors, metadata } = decodeSafetensors(await convertWeights(at('tiny.pth'), { rename: short }));
    expect(Object.keys(tensors)).toContain('layer2.0.downsample.1.running_var');
    expect(Object.keys(tensors).some((name) => name.includes('num_batches'))).toBe(false);
    expect(metadata).toEqual({ format: 'pt', epoch: '12', arch: 'tiny', best: '0.25' });
  });

  it('are written whole or not at all', async () => {
    const file = path.join(folder, 'whole.safetensors');
    await writeWeights(file, { a: float32([1], [1]) });
    await expect(writeWeights(file, { a: float32([1], [2]) })).rejects.toThrow(/"a"/);
    expect((await readWeights(file)).tensors.a).toEqual(float32([1], [1]));
    await expect(writeWeights(path.join(folder, 'no/such.safetensors'), {})).rejects.toThrow(/ENOENT/);
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});

it('inspectWeights counts and describes', async () => {
  const { size, tensors, format } = await inspectWeights(at('kinds.pt'));
  expect(format).toBe('pytorch');
  expect(tensors.find(({ name }) => name === 'slice')).toEqual({
    name: 'slice', dtype: 'float32', shape: [2, 2], size: 4, mean: 7.5, std: Math.sqrt(4.25), notFinite: 0,
  }); // prettier-ignore
  expect(size).toBe(tensors.reduce((sum, t) => sum + t.size, 0));
  const { tensors: odd } = await inspectWeights(
    await convertWeights(at('kinds.pt'), { rename: (n) => (n === 'empty' ? n : undefined) }),
  );
  expect(odd[0]).toMatchObject({ size: 0, mean: NaN, notFinite: 0 });
});
