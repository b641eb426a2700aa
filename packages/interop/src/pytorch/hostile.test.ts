import { readFileSync } from 'node:fs';
import path from 'node:path';
import { UnderstoryError } from '@understory/core';
import { damaged } from '@understory/core/testing';
import { describe, expect, it } from 'vitest';
import type { Weights } from '../index.ts';
import { readWeights } from '../node/index.ts';
import { torchFile, zipOf } from '../testing/zip.test.support.ts';

const bytesOf = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(path.join(import.meta.dirname, '../../testdata', name)));

const readsOrRefuses = async (bytes: Uint8Array): Promise<Weights | UnderstoryError> => {
  try {
    return await readWeights(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(UnderstoryError);
    expect((error as Error).message.length).toBeLessThan(400);
    return error as UnderstoryError;
  }
};

describe('damaged files are read or refused', () => {
  it.each([
    ['zip archives', ['kinds.pt', 'harmless.pt', 'objects.pt', 'whole.pt', 'odd.pt', 'script.pt']],
    ['the format from before 1.6', ['old.pth', 'old-kinds.pth', 'old-module.pth']],
    [
      'one spliced into another',
      ['kinds.pt', 'old-kinds.pth', 'wide.safetensors', 'arrays.npz', 'plain.pkl'],
    ],
  ])('%s', async (_, names) => {
    const files = names.map(bytesOf);
    for (let i = 0; i < 250; i++) await readsOrRefuses(damaged(files, i));
  });
});

/** A list whose first item is the list before it, so often; each twice in the next, so that all paths are 2 ** depth. */
const doubled = (depth: number): (number | string)[] => {
  const out: (number | string)[] = [')', 'q', 0];
  for (let i = 0; i < depth; i++) out.push('h', i, 'h', i, '\x86', 'q', i + 1, '0');
  return ['(', ...out, 'h', depth, 't'];
};
const uint32 = (value: number): number[] => [0, 8, 16, 24].map((bits) => (value >>> bits) & 255);
const text = (content: string): (number | string)[] => ['X', ...uint32(content.length), content];

describe('hostile files take neither time nor memory', () => {
  it('lists of lists of lists, each twice', async () => {
    const { message } = (await readsOrRefuses(torchFile(doubled(200)))) as UnderstoryError;
    expect(message).toMatch(/no tensor that can be read/);
  });

  it('a function whose name is such a list', async () => {
    const { message } = (await readsOrRefuses(
      torchFile([...doubled(60), 'h', 60, '\x93']),
    )) as UnderstoryError;
    expect(message).toMatch(/names a function by what is no text/);
  });

  it('a long name that everything is under', async () => {
    const many = Array.from({ length: 40_000 }, () => 'K\x01').join('');
    const pickle = ['}', ...text('n'.repeat(100_000)), '(', many, 'l', 's'];
    expect(await readsOrRefuses(torchFile(pickle))).toMatchObject({ code: 'bad-pytorch' });
  });

  it('nests deeper than the stack', async () => {
    const deep = ['('.repeat(1), ']'.repeat(100_000), 'a'.repeat(99_999), 't'];
    expect(await readsOrRefuses(torchFile(deep))).toMatchObject({ code: 'bad-pytorch' });
    const nested = ['('.repeat(100_000), 't'.repeat(100_000)];
    expect(await readsOrRefuses(torchFile(nested))).toMatchObject({ code: 'bad-pytorch' });
  });

  it('more operations than any file of weights, and numbers of megabytes', async () => {
    const many = torchFile(['('.repeat(1), 'N'.repeat(2 ** 22), 't']);
    expect(((await readsOrRefuses(many)) as UnderstoryError).message).toMatch(/more than 4194304 operations/);
    const long = torchFile(['\x8b', ...uint32(2 ** 20), '\x01'.repeat(2 ** 20)]);
    expect(((await readsOrRefuses(long)) as UnderstoryError).message).toMatch(/a number of 1048576 bytes/);
  });

  it('entries that overlap, claim too much or are many', async () => {
    const data = new Uint8Array(100);
    const pickle = { name: 'a/data.pkl', data: Uint8Array.of(0x80, 2, 0x7d, 0x2e) };
    const claims = { name: 'a/data/0', data, size: 2 ** 31 };
    const within = { name: 'a/data/1', data, at: 0, size: 90 };
    const past = { name: 'a/data/2', data, at: 2 ** 30 };
    for (const part of [claims, within, past]) await readsOrRefuses(zipOf([pickle, part]));
    const lots = Array.from({ length: 20_000 }, (_, i) => ({ name: `a/data/${i}`, data: new Uint8Array(0) }));
    await readsOrRefuses(zipOf([pickle, ...lots]));
  });

  it('one storage in tensors without number', async () => {
    const rebuild = 'ctorch._utils\n_rebuild_tensor_v2\n';
    const storage = [
      '(',
      ...text('storage'),
      'ctorch\nFloatStorage\n',
      ...text('0'),
      ...text('cpu'),
      'M\x10\x00',
      't',
      'Q',
    ];
    const tensor = [rebuild, '(', ...storage, 'K\x00', 'M\x10\x00\x85', 'K\x01\x85', '\x89', ')', 't', 'R'];
    const many = Array.from({ length: 20_000 }, () => 'h\x01').join('');
    const file = torchFile([...tensor, 'q\x01', '0', '(', many, 'l'], { 0: new Uint8Array(64) });
    const { message } = (await readsOrRefuses(file)) as UnderstoryError;
    expect(message).toMatch(/larger than the file allows/);
  });

  it('calls that can do harm refuse the file, by their names', async () => {
    for (const name of [
      'os\nsystem',
      'posix\npopen',
      'builtins\neval',
      'subprocess\nPopen',
      'torch\nload',
      'runpy\nrun_path',
    ]) {
      const error = await readsOrRefuses(torchFile([`c${name}\n`, '(', ...text('x'), 't', 'R']));
      expect(error, name).toMatchObject({ code: 'unsafe-pickle' });
    }
    for (const name of ['os\nstat_result', 'builtins\ngetattr', 'operator\nattrgetter', 'my.code\nsystem']) {
      const error = await readsOrRefuses(torchFile([`c${name}\n`, '(', ...text('x'), 't', 'R']));
      expect(error, name).toMatchObject({
        code: 'bad-pytorch',
        message: expect.stringMatching(/no tensor/) as string,
      });
    }
  });
});
