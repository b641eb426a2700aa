import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { classesOf, UnderstoryError, type Dataset } from '@understory/core';
import { damaged } from '@understory/core/testing';
import { describe, expect, it } from 'vitest';
import { fixture, golden, pixelHash } from '../testing/golden.test.support.ts';
import { packTar, request, writeTree } from '../testing/temporary.test.support.ts';
import { idx, type IdxOptions } from './idx.ts';

interface Split {
  readonly size: readonly [number, number];
  readonly labels: readonly number[];
  readonly sha256: string;
  readonly transposed: string;
}
interface Golden {
  readonly train: Split;
  readonly test: Split;
}
// testdata/idx.py: what torchvision reads from the same files.
const { mnist, letters } = golden('idx.json') as { readonly mnist: Golden; readonly letters: Golden };

const open = (options: IdxOptions): Promise<Dataset> => idx({ validation: 0, ...options })(request());
const told = async (files: Record<string, Uint8Array | string>, options = {}): Promise<string> => {
  const error: unknown = await open({ root: await writeTree(files), ...options }).catch((e: unknown) => e);
  if (!(error instanceof UnderstoryError)) return `no error: ${String(error)}`;
  expect(error.message.length).toBeLessThan(400);
  return error.message;
};

/** A file of these dimensions, with these numbers. */
const file = (shape: readonly number[], data: readonly number[] | Uint8Array, type = 8): Uint8Array => {
  const header = shape.flatMap((n) => [(n / 2 ** 24) & 255, (n >> 16) & 255, (n >> 8) & 255, n & 255]);
  return Uint8Array.from([0, 0, type, shape.length, ...header, ...data]);
};
const six = [0, 50, 100, 150, 200, 250];
const images = file([3, 1, 2], six);
const labels = file([3], [0, 1, 0]);
const pair = { 'train-images-idx3-ubyte': images, 'train-labels-idx1-ubyte': labels };

describe('idx', () => {
  it('reads what torchvision reads, in a folder and in a tar, packed or not', async () => {
    for (const root of [fixture('mnist'), await packTar(fixture('mnist'), true)]) {
      const { train, test, classes, origins } = await open({ root });
      expect(classes).toEqual(Array.from({ length: 10 }, (_, i) => String(i)));
      for (const [split, known] of [
        [train, mnist.train],
        [test, mnist.test],
      ] as const) {
        expect(split.size).toEqual(known.size);
        expect(Array.from(classesOf(split))).toEqual(known.labels);
        expect(await pixelHash(split)).toBe(known.sha256);
      }
      expect(origins).toMatchObject({ validation: 'none: the option validation takes no share of train' });
    }
  });

  it('finds one of several sets, its labels from 1 on, and what they stand for', async () => {
    const root = fixture('emnist.zip');
    await expect(open({ root })).rejects.toThrow(
      /several datasets: "gzip\/emnist-letters", "gzip\/emnist-digits". Name one with the dataset's option set/,
    );
    const { train, test, classes, leftOut } = await open({ root, set: 'letters' });
    expect(classes.slice(0, 3)).toEqual(['Aa', 'Bb', 'Cc']);
    expect(Array.from(classesOf(train))).toEqual(letters.train.labels.map((label) => label - 1));
    expect(await pixelHash(test)).toBe(letters.test.sha256);
    expect(leftOut).toMatchObject([{ reason: 'of another set, or the same packed', count: 4 }]);
    const turned = await open({ root, set: 'letters', transpose: true });
    expect(await pixelHash(turned.train)).toBe(letters.train.transposed);
    await expect(open({ root, set: 'bymerge' })).rejects.toThrow(/set names "bymerge", and it holds/);
  });

  it('names classes as it is told, and holds test images out where there are none', async () => {
    const root = await writeTree(pair);
    const { classes, train, test, origins } = await open({
      root,
      classes: ['shirt', 'shoe'],
      testShare: 0.5,
    });
    expect(classes).toEqual(['shirt', 'shoe']);
    expect([train.length, test.length]).toEqual([2, 1]);
    expect(origins?.test).toBe('taken from train');
    expect(await told(pair, { classes: ['a'] })).toMatch(
      /names 1 classes, and its training images have 2 labels \(0, 1\)/,
    );
  });

  it('reads three channels too', async () => {
    const root = await writeTree({
      ...pair,
      'train-images-idx3-ubyte': file([3, 1, 1, 3], [...six, 1, 2, 3]),
    });
    expect(Array.from(await (await open({ root, testShare: 0 })).train.read([2, 0]))).toEqual([
      1, 2, 3, 0, 50, 100,
    ]);
  });

  it.each<[string, Record<string, Uint8Array | string>, RegExp]>([
    ['no file', { 'a.txt': 'x' }, /holds no train-images-idx3-ubyte .*, but a.txt/],
    [
      'no labels',
      { 'train-images-idx3-ubyte': images },
      /holds train-images-idx3-ubyte, and no train labels beside it/,
    ],
    [
      'an empty file',
      { ...pair, 'train-labels-idx1-ubyte': '' },
      /train-labels-idx1-ubyte.* (is an empty file|ends in its header)/,
    ],
    [
      'no IDX',
      { ...pair, 'train-labels-idx1-ubyte': 'hello' },
      /train-labels-idx1-ubyte cannot be read: it is no IDX file/,
    ],
    ['floats', { ...pair, 'train-images-idx3-ubyte': file([3, 1, 2], six, 13) }, /its numbers are floats/],
    [
      'other counts',
      { ...pair, 'train-labels-idx1-ubyte': file([2], [0, 1]) },
      /holds 3 images, and there are labels of shape 2/,
    ],
    [
      'too few bytes',
      { ...pair, 'train-images-idx3-ubyte': images.subarray(0, 20) },
      /says 3 x 1 x 2, and 2 of these bytes are missing/,
    ],
    [
      'too many',
      { ...pair, 'train-images-idx3-ubyte': file([3, 1, 2], [...six, 1]) },
      /more than its header says, 3 x 1 x 2/,
    ],
    [
      '2^31 rows',
      { ...pair, 'train-images-idx3-ubyte': file([2 ** 31, 1, 2], six) },
      /claims 2147483648 x 1 x 2 bytes, over 2 GB/,
    ],
    ['2^62 pixels', { ...pair, 'train-images-idx3-ubyte': file([4e9, 4e9, 4e9, 3], six) }, /over 2 GB/],
    ['no images', { ...pair, 'train-images-idx3-ubyte': labels }, /numbers of shape 3, which are no images/],
    [
      'another test size',
      { ...pair, 't10k-images-idx3-ubyte': file([3, 2, 1], six), 't10k-labels-idx1-ubyte': labels },
      /training images are 1 x 2 x 1, its test images 2 x 1 x 1/,
    ],
    [
      'a strange label',
      { ...pair, 't10k-images-idx3-ubyte': images, 't10k-labels-idx1-ubyte': file([3], [0, 1, 7]) },
      /test images have the label 7/,
    ],
    [
      'damaged gzip',
      { 'train-images-idx3-ubyte.gz': gzipSync(images).subarray(0, 20), 'train-labels-idx1-ubyte': labels },
      /train-images-idx3-ubyte.gz cannot be read: its compressed data/,
    ],
  ])('refuses %s, and says why', async (_, files, expected) => {
    expect(await told(files)).toMatch(expected);
  });

  it('a packed file that unfolds without end is refused before it fills the memory', async () => {
    const small = gzipSync(Buffer.concat([images, new Uint8Array(2 ** 26)]));
    const files = { 'train-images-idx3-ubyte.gz': small, 'train-labels-idx1-ubyte': labels };
    expect(await told(files)).toMatch(/more than its header says/);
  });

  it('in any state of damage is read or refused', async () => {
    const sound = [new Uint8Array(readFileSync(fixture('mnist/raw/t10k-labels-idx1-ubyte.gz'))), images];
    for (let i = 0; i < 60; i++) {
      const bytes = damaged(sound, i);
      const name = bytes[0] === 0x1f ? 'train-images-idx3-ubyte.gz' : 'train-images-idx3-ubyte';
      await told({ [name]: bytes, 'train-labels-idx1-ubyte': labels }).then((text) =>
        expect(text).toMatch(/^Cannot use|no error: \[object Object\]/),
      );
    }
  });
});
