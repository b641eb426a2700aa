import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { uint8, UnderstoryError } from '@understory/core';
import { byteForms } from '@understory/core/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { zipKind } from '../pytorch/zipKinds.ts';
import { convertWeights, inspectWeights, readWeights } from '../node/index.ts';

const at = (name: string): string => path.join(import.meta.dirname, '../../testdata', name);
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(at(name)));
const folder = await mkdtemp(path.join(os.tmpdir(), 'understory-kinds-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const binary = (...bytes: number[]): Uint8Array => Uint8Array.of(...bytes, ...Array<number>(600).fill(1));
const tar = new Uint8Array(1024);
tar.set(text('ustar'), 257);
const table = new Uint8Array(200);
table.set([0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb], 192);
const onnx = (producer: string): Uint8Array =>
  Uint8Array.of(8, 8, 0x12, producer.length, ...text(producer), 0x3a, 9);

/** What people give for weights, and what the message says it is and how to get at the weights. */
const kinds: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['an empty file', new Uint8Array(0), /an empty file\. Download/],
  [
    'a Git LFS pointer',
    text('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 123\n'),
    /Git LFS.*git lfs pull/,
  ],
  ['a web page', text('<!DOCTYPE html><html>404 Not Found</html>'), /web page.*download the file itself/],
  ['a web page after a line', text('\ufeff\n  <HTML lang="en">'), /web page/],
  ['an XML error', text('<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'), /XML text/],
  ['an XML error without its head', text('<Error><Code>AccessDenied</Code></Error>'), /XML text/],
  ['gzip', gzipSync(bytesOf('tiny.safetensors')), /packed with gzip\. Unpack it first: gunzip/],
  ['xz', binary(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0), /packed with xz.*unxz/],
  ['bzip2', text('BZh91AY&SY'), /bzip2.*bunzip2/],
  ['Zstandard', binary(0x28, 0xb5, 0x2f, 0xfd), /Zstandard.*unzstd/],
  ['7z', binary(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c), /7z archive\. Unpack/],
  ['RAR', text('Rar!\x1a\x07'), /RAR archive\. Unpack/],
  ['a tar', tar, /tar archive\. Unpack it.*torch\.save\(torch\.load/],
  ['HDF5', binary(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a), /HDF5.*tensorflowjs_converter/],
  ['one NumPy array', binary(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59), /NumPy array.*save_file/],
  ['TensorFlow Lite', text('\x1c\0\0\0TFL3rest'), /TensorFlow Lite/],
  ["a TensorFlow checkpoint's index", table, /TensorFlow checkpoint.*readLayersModel/],
  ['ONNX', onnx('pytorch'), /ONNX.*save_file/],
  ['ONNX without a producer', binary(8, 7, 0x3a, 0x80, 1), /ONNX/],
  ['a SavedModel', binary(8, 1, 0x12, 0x80, 0x70, 0x0a), /SavedModel/],
  ["TensorFlow.js's model.json", text('{"modelTopology": {}}'), /model\.json.*readLayersModel/],
  [
    'an index of parts',
    text('{"metadata": {"total_size": 9}, "weight_map": {}}'),
    /split over several files/,
  ],
  ['JSON', text('{"error": "Invalid username or password."}'), /JSON text.*server/],
  ['a PDF', text('%PDF-1.7 …'), /a PDF/],
  ['a PNG', binary(0x89, 0x50, 0x4e, 0x47), /an image/],
  ['a JPEG', binary(0xff, 0xd8, 0xff, 0xe0), /an image/],
  ['plain text', text('Quota exceeded for this file.\n'), /text, not weights/],
  ['a pickle', bytesOf('plain.pkl'), /Python pickle that torch\.save did not write/],
  ['arrays of NumPy', bytesOf('arrays.npz'), /\.npz.*save_file/],
  ['other bytes', binary(1, 2, 3, 4, 5, 6, 7, 8), /begins with 01 02 03 04 05 06 07 08/],
  ['a cut zip', bytesOf('kinds.pt').subarray(0, 2000), /cut off/],
];

describe('a file that is no weights file', () => {
  it.each(kinds)('is named: %s', async (_, bytes, message) => {
    const error = (await readWeights(bytes).catch((e: unknown) => e)) as UnderstoryError;
    expect(error).toBeInstanceOf(UnderstoryError);
    expect(error.message).toMatch(message);
    expect(error.message).not.toMatch(/header of \d{12}/);
    expect(error.message.length).toBeLessThan(400);
    const file = path.join(folder, 'given.pth');
    await writeFile(file, bytes);
    await expect(readWeights(file)).rejects.toThrow(file);
  });

  it.each([
    ['saved_model.pb', Uint8Array.of(8, 1, 0x12, 0x80, 0x70, 0x0a), /SavedModel/],
    ['model.ckpt-10.data-00000-of-00001', binary(5, 5, 5), /part of a TensorFlow checkpoint/],
  ] as const)('is named by its path where its bytes say nothing: %s', async (name, bytes, message) => {
    await writeFile(path.join(folder, name), bytes);
    await expect(readWeights(path.join(folder, name))).rejects.toThrow(message);
  });

  it('may be a zip of other things', () => {
    expect(zipKind(['config.json', 'metadata.json', 'model.weights.h5'])).toMatch(/Keras 3.*model\.h5/);
    expect(zipKind(['a/', 'a/net.pth', '__MACOSX/a'])).toMatch(/Unpack it, and give a\/net\.pth/);
    expect(zipKind(['a.txt'])).toMatch(/Unpack it: it holds a\.txt/);
    expect(zipKind([])).toMatch(/without files/);
  });

  it('may be a pipe, on which nothing waits', async () => {
    const pipe = path.join(folder, 'pipe.pth');
    execFileSync('mkfifo', [pipe]);
    await expect(readWeights(pipe)).rejects.toThrow(/pipe\.pth is a device or a pipe/);
  });

  it('may be a folder: the message names what is in it', async () => {
    const make = async (name: string, ...files: string[]): Promise<string> => {
      await mkdir(path.join(folder, name));
      for (const file of files) await writeFile(path.join(folder, name, file), '');
      return path.join(folder, name);
    };
    const [empty, weights, saved] = [
      await make('empty'),
      await make('weights', 'model.safetensors', 'config.json'),
      await make('saved', 'saved_model.pb'),
    ];
    await expect(readWeights(empty)).rejects.toThrow(/is a folder without weights files/);
    await expect(readWeights(weights)).rejects.toThrow(
      /is a folder\. Give the weights file in it: model\.safetensors/,
    );
    await expect(readWeights(saved)).rejects.toThrow(/SavedModel/);
    await expect(readWeights(path.join(folder, 'none.pth'))).rejects.toThrow(/No file at .*none\.pth/);
    await expect(readWeights(path.join(at('tiny.pth'), 'a'))).rejects.toThrow(/leads through a file/);
  });
});

it.each([640, 8827, 19280, 35615, 0x5b22])(
  'safetensors with a header of %i bytes is no other kind',
  async (length) => {
    const header = '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}'.padEnd(length);
    const bytes = Uint8Array.of(length & 255, length >> 8, 0, 0, 0, 0, 0, 0, ...text(header), 7);
    expect((await readWeights(bytes)).tensors).toEqual({ a: uint8(Uint8Array.of(7), [1]) });
  },
);

describe.each(['tiny.pth', 'tiny.safetensors', 'old-kinds.pth', 'harmless.pt'])(
  '%s is read alike from',
  (name) => {
    it.each(byteForms(bytesOf(name)))('%s', async (_, given) => {
      const bytes = bytesOf(name);
      expect(JSON.stringify(await inspectWeights(given))).toBe(JSON.stringify(await inspectWeights(bytes)));
      expect(Buffer.compare(await convertWeights(given), await convertWeights(bytes))).toBe(0);
      const { tensors } = await readWeights(given);
      const expected = (await readWeights(bytes)).tensors;
      given.fill(0);
      for (const [key, tensor] of Object.entries(tensors))
        expect(Buffer.from(tensor.data.buffer).equals(Buffer.from(expected[key]!.data.buffer)), key).toBe(
          true,
        );
    });
  },
);
