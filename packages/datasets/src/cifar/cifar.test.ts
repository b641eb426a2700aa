import { rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { classesOf, UnderstoryError, type Dataset } from '@understory/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packTar, request, writeTree } from '../testing/temporary.test.support.ts';
import { cifar10, cifar100 } from './cifar.ts';

/** An image whose red plane is `level`, green counts columns, blue counts rows. */
const planes = (level: number): number[] => {
  const plane = (of: (x: number, y: number) => number): number[] =>
    Array.from({ length: 1024 }, (_, i) => of(i % 32, Math.floor(i / 32)));
  return [...plane(() => level), ...plane((x) => x), ...plane((_, y) => y)];
};
const batch = (labels: readonly (readonly number[])[], first: number): Uint8Array =>
  Uint8Array.from(labels.flatMap((bytes, i) => [...bytes, ...planes(first + i)]));
const lines = (n: number): string => `${Array.from({ length: n }, (_, i) => `class ${i}`).join('\n')}\n\n`;

/** Five batches of 20 images and a test batch of 10, classes in turn, in the folder that the archive has. */
const cifar10Files = (): Record<string, Uint8Array | string> => {
  const twenty = Array.from({ length: 20 }, (_, i) => [i % 10]);
  const batches = [1, 2, 3, 4, 5].map(
    (b) => [`cifar/data_batch_${b}.bin`, batch(twenty, (b - 1) * 20)] as const,
  );
  const test = batch(twenty.slice(0, 10), 100);
  return {
    ...Object.fromEntries(batches),
    'cifar/test_batch.bin': test,
    'cifar/batches.meta.txt': lines(10),
  };
};
const cifar100Files = {
  'train.bin': batch(
    Array.from({ length: 200 }, (_, i) => [i % 20, i % 100]),
    0,
  ),
  'test.bin': batch(
    Array.from({ length: 100 }, (_, i) => [i % 20, i]),
    0,
  ),
  'fine_label_names.txt': lines(100),
  'coarse_label_names.txt': lines(20),
};

describe('cifar10', () => {
  it('reads a folder, a tar and a tar.gz alike', async () => {
    const folder = await writeTree(cifar10Files());
    for (const root of [folder, await packTar(folder), await packTar(folder, true)]) {
      const { train, validation, test, classes } = await cifar10({ root })(request());
      expect([train.length, validation.length, test.length]).toEqual([90, 10, 10]);
      expect(classes[9]).toBe('class 9');
      expect(Array.from(classesOf(test))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      const pixels = await test.read([3]);
      const at = (y: number, x: number): number[] =>
        Array.from(pixels.subarray((y * 32 + x) * 3, (y * 32 + x) * 3 + 3));
      expect([at(0, 0), at(0, 31), at(31, 0), at(5, 9)]).toEqual([
        [103, 0, 0],
        [103, 31, 0],
        [103, 0, 31],
        [103, 9, 5],
      ]);
      expect(test.describe(3)).toBe('test image 3');
    }
  });

  it('splits validation images off by seed and by class', async () => {
    const root = await writeTree(cifar10Files());
    const open = (seed: number): Promise<Dataset> =>
      cifar10({ root, validation: 0.2, limit: { train: 40 } })(request(seed));
    const { train, validation } = await open(1);
    expect(Array.from(classesOf(validation)).sort()).toEqual(
      Array.from({ length: 20 }, (_, i) => Math.floor(i / 2)),
    );
    expect(train.length).toBe(40);
    const levels = async (d: Dataset): Promise<number[]> =>
      Array.from(classesOf(d.validation), (_, i) => i).reduce<Promise<number[]>>(
        async (list, i) => [...(await list), (await d.validation.read([i]))[0]!],
        Promise.resolve([]),
      );
    expect(await levels(await open(1))).toEqual(await levels(await open(1)));
    expect(await levels(await open(1))).not.toEqual(await levels(await open(2)));
  });

  it('names what is missing or broken', async () => {
    const { 'cifar/data_batch_3.bin': third, ...rest } = cifar10Files();
    await expect(cifar10({ root: await writeTree(rest) })(request())).rejects.toThrow(
      /holds no data_batch_3.bin/,
    );
    const short = { ...rest, 'cifar/data_batch_3.bin': (third as Uint8Array).subarray(1) };
    await expect(cifar10({ root: await writeTree(short) })(request())).rejects.toThrow(
      /data_batch_3.bin has 61459 bytes/,
    );
    const wrong = { ...cifar10Files(), 'cifar/test_batch.bin': batch([[10]], 0) };
    await expect(cifar10({ root: await writeTree(wrong) })(request())).rejects.toThrow(/class 10 of 10/);
    const fourth = { ...cifar10Files(), 'cifar/data_batch_4.bin': batch([[1], [2], [77]], 0) };
    await expect(cifar10({ root: await writeTree(fourth) })(request())).rejects.toThrow(
      /image 2 of data_batch_4.bin is of class 77 of 10/,
    );
    const python = { 'cifar/data_batch_1': 'pickled', 'cifar/batches.meta': 'pickled' };
    await expect(cifar10({ root: await writeTree(python) })(request())).rejects.toThrow(
      /data_batch_1: its pickle ends in the middle; download it again/,
    );
    const twice = { ...cifar10Files(), 'copy/data_batch_2.bin': third! };
    await expect(cifar10({ root: await writeTree(twice) })(request())).rejects.toThrow(
      /data_batch_2.bin more than once \(cifar\/data_batch_2.bin, copy\/data_batch_2.bin\)/,
    );
    const names = { ...cifar10Files(), 'cifar/batches.meta.txt': 'cat\n' };
    await expect(cifar10({ root: await writeTree(names) })(request())).rejects.toThrow(
      /names 1 classes, not 10/,
    );
  });
});

it('cifar10 says what is left out, and where the validation images come from', async () => {
  const root = await writeTree({ ...cifar10Files(), 'cifar/data_batch_6.bin': 'more' });
  const { leftOut, origins } = await cifar10({ root, limit: { train: 40, test: 10 } })(request());
  expect(leftOut).toEqual([
    { reason: 'a file of records that the dataset has not', count: 1, examples: ['cifar/data_batch_6.bin'] },
    { reason: 'over the limit of 40 for train', count: 50, examples: [] },
  ]);
  expect(origins).toEqual({ validation: 'taken from train' });
  await expect(cifar10({ root, limit: 5 })(request())).rejects.toThrow(
    /leaves none of class .*Set limit to 10/,
  );
});

it('cifar10 names the file that cannot be read, and a class that is named twice', async () => {
  const told = async (files: Record<string, Uint8Array | string>, link = ''): Promise<string> => {
    const root = await writeTree({ ...cifar10Files(), ...files });
    if (link !== '') {
      await rm(path.join(root, link));
      await symlink('gone', path.join(root, link));
    }
    const error: unknown = await cifar10({ root })(request()).catch((e: unknown) => e);
    return error instanceof UnderstoryError ? error.message : String(error);
  };
  expect(await told({ 'cifar/data_batch_3.bin': '' })).toMatch(/cifar\/data_batch_3\.bin .*an empty file/);
  expect(await told({}, 'cifar/data_batch_3.bin')).toMatch(/data_batch_3\.bin is a link to nothing/);
  const names = lines(10).replace('class 7', 'class 2');
  expect(await told({ 'cifar/batches.meta.txt': names })).toMatch(/names class "class 2" twice/);
});

it('cifar10 of any bytes is read or refused', async () => {
  const files = cifar10Files();
  const names = Object.keys(files);
  const file = path.join(await writeTree(files), 'cifar');
  const property = fc.asyncProperty(
    fc.nat(names.length - 1),
    fc.nat(70_000),
    fc.nat(255),
    async (at, length, byte) => {
      const name = path.basename(names[at]!);
      const bytes = Buffer.from(files[names[at]!]!).subarray(0, length);
      if (bytes.length > 0) bytes[length % bytes.length] = byte;
      await writeFile(path.join(file, name), bytes);
      await cifar10({ root: file })(request()).catch((error: unknown) => {
        expect(error).toBeInstanceOf(UnderstoryError);
      });
      await writeFile(path.join(file, name), files[names[at]!]!);
    },
  );
  await fc.assert(property, { numRuns: 60, seed: 16 });
});

describe('cifar100', () => {
  it('has fine and coarse classes', async () => {
    const root = await writeTree(cifar100Files);
    const fine = await cifar100({ root, validation: 0 })(request());
    expect([fine.classes.length, fine.train.length, fine.validation.length]).toEqual([100, 200, 0]);
    expect(Array.from(classesOf(fine.test).subarray(18, 22))).toEqual([18, 19, 20, 21]);
    const coarse = await cifar100({ root, labels: 'coarse' })(request());
    expect(coarse.classes.length).toBe(20);
    expect(coarse.origins?.train).toBeUndefined();
    const few = {
      ...cifar100Files,
      'train.bin': batch(
        [
          [0, 0],
          [1, 1],
        ],
        0,
      ),
    };
    const { origins } = await cifar100({ root: await writeTree(few), validation: 0 })(request());
    expect(origins?.train).toBe('none of class class 2, class 3, class 4, class 5 and 94 more');
    expect(Array.from(classesOf(coarse.test).subarray(18, 22))).toEqual([18, 19, 0, 1]);
  });
});
