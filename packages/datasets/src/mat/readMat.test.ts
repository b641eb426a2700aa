import { deflateSync } from 'node:zlib';
import { UnderstoryError } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { golden, listFile } from '../testing/listedGolden.test.support.ts';
import { readMat } from './readMat.ts';
import { fieldOf, scalarOf, stringOf, stringsOf, structsOf, variableOf, type MatFile } from './values.ts';

const { numbers, texts } = golden.kinds;

const HEADER = Buffer.alloc(128, ' ');
HEADER.write('MATLAB 5.0 MAT-file, of a test');
HEADER.writeUInt16LE(0x0100, 124);
HEADER.write('IM', 126);

/** An element, its data filled up to eight bytes. */
const element = (type: number, data: Uint8Array, claims = data.length): Buffer => {
  const tag = Buffer.alloc(8);
  tag.writeUInt32LE(type, 0);
  tag.writeUInt32LE(claims, 4);
  return Buffer.concat([tag, data, Buffer.alloc(type === 15 ? 0 : (8 - (data.length % 8)) % 8)]);
};
const int32 = (...values: readonly number[]): Uint8Array => new Uint8Array(Int32Array.from(values).buffer);
const file = (...elements: readonly Uint8Array[]): Buffer => Buffer.concat([HEADER, ...elements]);
const matrix = (kind: number, shape: readonly number[], ...rest: readonly Uint8Array[]): Buffer =>
  element(
    14,
    Buffer.concat([
      element(6, int32(kind, 0)),
      element(5, int32(...shape)),
      element(1, Buffer.from('x')),
      ...rest,
    ]),
  );
const reasonOf = (bytes: Uint8Array): string => {
  try {
    readMat(bytes);
    return 'it was read';
  } catch (error) {
    if (error instanceof UnderstoryError) return error.message;
    throw error;
  }
};

describe.each(['kinds.mat', 'compressed.mat'])('%s, as scipy writes it', (name) => {
  it('gives the numbers, shapes and texts that scipy reads', async () => {
    const read = readMat(await listFile(`mat/${name}`));
    for (const [key, [shape, values]] of Object.entries(numbers)) {
      const value = variableOf(read, key);
      if (value.kind !== 'numbers') throw new Error(`${key} is ${value.kind}`);
      expect([key, value.shape, Array.from(value.values)]).toEqual([key, shape, values]);
    }
    expect(Object.keys(numbers).length).toBeGreaterThan(12);
    for (const key of ['text', 'wide']) expect([stringOf(variableOf(read, key), key)]).toEqual(texts[key]);
    expect(stringsOf(variableOf(read, 'rows'), 'rows')).toEqual(['cat', 'tiger']);
    expect(stringOf(variableOf(read, 'empty'), 'empty')).toBe('');
  });

  it('gives cells within cells, structs and their fields', async () => {
    const read = readMat(await listFile(`mat/${name}`));
    const cells = variableOf(read, 'cells');
    if (cells.kind !== 'cells') throw new Error(cells.kind);
    expect(cells.shape).toEqual([3, 1]);
    expect(cells.items.map(({ kind }) => kind)).toEqual(['text', 'numbers', 'cells']);
    expect(stringsOf(cells.items[2] ?? cells, 'inner')).toEqual(['b', 'c']);
    const [first, second] = structsOf(variableOf(read, 'structs'), 'structs');
    expect(scalarOf(fieldOf(first ?? new Map(), 'a', 'one'), 'a')).toBe(-3);
    expect(stringOf(fieldOf(second ?? new Map(), 'b', 'two'), 'b')).toBe('longer');
    const [nested = new Map()] = structsOf(variableOf(read, 'nested'), 'nested');
    const [deep = new Map()] = structsOf(fieldOf(nested, 'deep', 'nested'), 'deep');
    expect(stringOf(fieldOf(deep, 'deeper', 'deep'), 'deeper')).toBe('end');
  });

  it('names what it does not read, when it is asked for', async () => {
    const read = readMat(await listFile(`mat/${name}`));
    const ask = (key: string) => (): number => scalarOf(variableOf(read, key), key);
    expect(ask('complex')).toThrow('complex is complex numbers, and numbers was expected');
    expect(ask('sparse')).toThrow('sparse is a sparse matrix');
    expect(ask('text')).toThrow('text is text, and numbers was expected');
    expect(ask('cube')).toThrow('cube has 24 numbers, and one was expected');
    expect(ask('nothing')).toThrow(
      'it has no variable nothing; it has int8, uint8, int16, uint16 and 21 more',
    );
  });
});

describe('a file', () => {
  it('is read in the other order of bytes too, compressed variables included', async () => {
    const read: MatFile = readMat(await listFile('mat/big.mat'));
    expect(variableOf(read, 'labels')).toMatchObject({ shape: [1, 3] });
    const labels = variableOf(read, 'labels');
    expect(labels.kind === 'numbers' && Array.from(labels.values)).toEqual([1, 77, 300]);
    expect(stringOf(variableOf(read, 'abcd'), 'abcd')).toBe('né');
  });

  it('of another version is refused with a way to convert it', async () => {
    expect(reasonOf(await listFile('mat/version4.mat'))).toMatch(/version 4.*'-v7'.*savemat/);
    expect(reasonOf(await listFile('mat/version73.mat'))).toMatch(/version 7\.3 \(HDF5\).*'-v7'/);
    expect(reasonOf(Buffer.from('\x89HDF\r\n\x1a\n'.padEnd(600), 'latin1'))).toMatch(/HDF5/);
    expect(reasonOf(Buffer.from('<html>not found</html>'.padEnd(200)))).toMatch(
      /no MATLAB file of version 5/,
    );
    expect(reasonOf(Buffer.alloc(0))).toMatch(/0 bytes and no header/);
  });

  it('that is cut off anywhere is refused, or ends after a whole variable', async () => {
    for (const name of ['kinds.mat', 'compressed.mat', 'big.mat']) {
      const whole = await listFile(`mat/${name}`);
      const names = [...readMat(whole).keys()];
      for (let length = 0; length < whole.length; length += 3) {
        const cut = whole.subarray(0, length);
        if (reasonOf(cut) === 'it was read')
          expect([...readMat(cut).keys()]).toEqual(names.slice(0, readMat(cut).size));
      }
    }
  });

  it('with the same variable twice is refused', () => {
    const one = matrix(6, [1, 1], element(9, new Uint8Array(8)));
    expect(reasonOf(file(one, one))).toBe('it has the variable x twice');
  });
});

describe('a file that claims more than it has', () => {
  const bounded = (bytes: Uint8Array, reason: RegExp): void => {
    const before = process.memoryUsage().rss;
    expect(reasonOf(bytes)).toMatch(reason);
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * 2 ** 20);
  };

  it('is refused before memory is taken', () => {
    bounded(file(matrix(6, [2 ** 30, 2 ** 30], element(9, new Uint8Array(8)))), /numbers holds 1/);
    bounded(file(matrix(1, [2 ** 30, 4])), /claims 4294967296 matrices/);
    bounded(file(matrix(4, [2 ** 30, 2], element(4, new Uint8Array(8)))), /more than lists of images have/);
    bounded(file(matrix(4, [2 ** 20, 1], element(4, new Uint8Array(8)))), /characters has 8 bytes/);
    bounded(
      file(matrix(2, [2 ** 20, 9], element(5, int32(8)), element(1, Buffer.alloc(80)))),
      /claims 94371840 matrices/,
    );
    bounded(file(matrix(6, [-1, 1], element(9, new Uint8Array(8)))), /has the sides -1 x 1/);
    bounded(file(element(14, new Uint8Array(8), 2 ** 31)), /claims 2147483648 bytes/);
  });

  it('is refused where it unfolds without end, or lies too deep', () => {
    bounded(
      file(element(15, deflateSync(Buffer.alloc(2 ** 28)))),
      /unfolds to more than lists of images need/,
    );
    let inner: Buffer = element(14, new Uint8Array(0));
    for (let depth = 0; depth < 100; depth++) inner = matrix(1, [1, 1], inner);
    bounded(file(inner), /over 32 deep/);
    const many = Buffer.concat(Array.from({ length: 400 }, () => element(14, new Uint8Array(0))));
    const wide = matrix(1, [1, 400], many);
    bounded(
      file(matrix(1, [1, 1000], Buffer.concat(Array.from({ length: 1000 }, () => wide)))),
      /claims 400 matrices, more than/,
    );
  });

  it('says which variable is damaged', () => {
    const sound = matrix(6, [1, 1], element(9, new Uint8Array(8)));
    const bad = matrix(99, [1, 1], element(9, new Uint8Array(8)));
    expect(reasonOf(file(sound, bad))).toBe(
      `a matrix of the unknown class 99 (in the variable at byte ${128 + sound.length})`,
    );
    expect(reasonOf(file(element(15, Buffer.from('not zlib'))))).toMatch(
      /compressed data is damaged .+at byte 128/,
    );
    expect(reasonOf(file(matrix(12, [1, 1], element(12, Buffer.alloc(8, 0x7f)))))).toMatch(
      /too large a number to be exact/,
    );
  });
});
