import { readFileSync } from 'node:fs';
import { cp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { classesOf, UnderstoryError, type Dataset } from '@understory/core';
import { damaged } from '@understory/core/testing';
import { describe, expect, it } from 'vitest';
import { leftOut, openDataset } from '../testing/boxes.test.support.ts';
import { fixture, golden, pixelHash } from '../testing/golden.test.support.ts';
import { packTar, request, temporaryFolder, writeTree } from '../testing/temporary.test.support.ts';
import { zip } from '../testing/zip.test.support.ts';
import { images } from '../images/images.ts';
import { decompress } from './decompress.ts';
import { readFooter } from './footer.ts';
import { readRuns, readerOf } from './levels.ts';
import type { ParquetOptions } from './options.ts';
import { parquet } from './parquet.ts';
import { thriftEnd } from './thriftGuard.ts';

interface Split {
  readonly labels: readonly number[];
  readonly sha256: string;
}
interface Golden {
  readonly classes: readonly string[];
  readonly hub: Readonly<Record<'train' | 'validation' | 'test', Split>>;
  readonly forms: Split & { readonly names: readonly string[] };
  readonly lists: readonly (readonly number[])[];
}
// testdata/parquet.py: what pyarrow and Pillow read from the same files.
const known = golden('parquet.json') as Golden;

const open = (options: ParquetOptions): Promise<Dataset> =>
  openDataset(parquet({ validation: 0, ...options }));
const told = async (options: ParquetOptions): Promise<string> => {
  const error: unknown = await parquet(options)(request()).catch((e: unknown) => e);
  if (!(error instanceof UnderstoryError)) return `no error: ${String(error)}`;
  expect(error.message.length).toBeLessThan(400);
  return error.message;
};
const one = (name: string): string => fixture(`parquet/${name}.parquet`);

const checkHub = async (dataset: Dataset): Promise<void> => {
  expect(dataset.classes).toEqual(known.classes);
  for (const split of ['train', 'validation', 'test'] as const) {
    expect(Array.from(classesOf(dataset[split]))).toEqual(known.hub[split].labels);
    expect(await pixelHash(dataset[split])).toBe(known.hub[split].sha256);
  }
};

describe("Hugging Face's layout is what pyarrow reads", () => {
  it('in a folder, a tar, and a zip that is packed', async () => {
    const root = fixture('parquet/hub');
    const dataset = await open({ root });
    await checkHub(dataset);
    expect(dataset.train.describe(13)).toBe('data/train-00001-of-00002.parquet:1');
    expect([dataset.leftOut, dataset.origins]).toEqual([[], {}]);
    await checkHub(await open({ root: await packTar(root, true) }));
    const folder = await temporaryFolder();
    const names = [
      'train-00000-of-00002',
      'train-00001-of-00002',
      'test-00000-of-00001',
      'validation-00000-of-00001-0123456789abcdef',
    ];
    const entries = names.map((name) => ({
      path: `${name}.parquet`,
      data: readFileSync(path.join(root, 'data', `${name}.parquet`)),
    }));
    await writeFile(path.join(folder, 'hub.zip'), zip(entries));
    await checkHub(await open({ root: path.join(folder, 'hub.zip') }));
  });

  it.each(known.forms.names)('pages: %s', async (name) => {
    const { train, classes } = await open({ root: one(`forms/${name}`), testShare: 0 });
    expect(Array.from(classesOf(train), (c) => known.classes.indexOf(classes[c]!))).toEqual(
      known.forms.labels,
    );
    expect(await pixelHash(train)).toBe(known.forms.sha256);
    const backwards = [...known.forms.labels.keys()].reverse();
    const each = await Promise.all(backwards.map((i) => train.read([i])));
    expect(Buffer.concat(each.reverse())).toEqual(
      Buffer.from(await train.read([...known.forms.labels.keys()])),
    );
  });

  it('labels are texts, numbers without names, or lists where these are asked for', async () => {
    expect((await open({ root: one('texts'), testShare: 0 })).classes).toEqual(['x', 'y', 'z']);
    const bare = await open({ root: one('bare'), label: 'cls', testShare: 0 });
    expect([bare.classes, Array.from(classesOf(bare.train))]).toEqual([
      ['5', '7'],
      [0, 1, 0, 1],
    ]);
    const { train } = await open({ root: one('lists'), several: true, testShare: 0 });
    expect(train.targets).toEqual({ labels: { kind: 'labels', dtype: 'uint8', shape: [4] } });
    const { labels } = await train.readTargets([0, 1, 2, 3, 4, 5]);
    expect(Array.from(labels!.data)).toEqual(
      known.lists.flatMap((own) => [0, 1, 2, 3].map((c) => Number(own.includes(c)))),
    );
  });

  it('splits are files that an option names, and what it leaves out is counted', async () => {
    const root = fixture('parquet/hub');
    const dataset = await open({
      root,
      splits: { train: 'test', test: 'validation-00000-of-00001-0123456789abcdef.parquet' },
    }).catch((e: unknown) => e);
    expect(dataset).toMatchObject({
      message: expect.stringMatching(/no file that splits.test names/) as string,
    });
    const named = await open({ root, splits: { train: 'test', test: 'validation' } });
    expect([named.train.length, named.test.length]).toEqual([6, 4]);
    expect(leftOut(named)).toEqual({ 'files that the option splits leaves out': 2 });
    expect((await open({ root, splits: 'none', testShare: 0 })).train.length).toBe(29);
    const some = await open({ root, classes: ['cat', 'été'] });
    expect([
      some.train.length,
      leftOut(some)['images of a class that the option classes leaves out dog'],
    ]).toEqual([10, 6]);
  });
});

describe('what is not clear or not there is refused', () => {
  it.each<[string, ParquetOptions, RegExp]>([
    [
      'a column that is not there',
      { root: one('texts'), label: 'lable' },
      /no column "lable".*Did you mean "label".*It has "image", "label"/,
    ],
    [
      'no label by its name',
      { root: one('bare') },
      /no column that is a label.*It has "jpg", "cls"; name it with the dataset's option label/,
    ],
    [
      'an image that is none',
      { root: one('bare'), image: 'cls', label: 'cls' },
      /column "cls" holds no encoded pictures/,
    ],
    [
      'a row without a label',
      { root: one('no-label') },
      /no-label.parquet.*row 2 has no label in column "label"/,
    ],
    [
      'labels that mean none',
      { root: one('minus') },
      /row 0 has the label -1, and the file names 4 classes.*option splits/,
    ],
    [
      'lists that are not asked for',
      { root: one('lists') },
      /column "label" holds lists of labels. Set the dataset's option several/,
    ],
    ['no lists', { root: one('texts'), several: true }, /holds no lists of labels/],
    [
      'several files without splits',
      { root: fixture('parquet/forms') },
      /and of which splits they are is not clear/,
    ],
    ['no file', { root: fixture('mnist') }, /it holds no .parquet file, but/],
  ])('%s', async (_, options, expected) => {
    expect(await told(options)).toMatch(expected);
  });

  it('a part that is missing', async () => {
    const root = await temporaryFolder();
    await cp(fixture('parquet/hub'), root, { recursive: true });
    await rm(path.join(root, 'data/train-00001-of-00002.parquet'));
    expect(await told({ root })).toMatch(/train-00000-of-00002.parquet and its like 1 of 2 files are there/);
  });

  it('an image without bytes, by its row', async () => {
    const { train } = await open({ root: one('no-bytes'), size: [3, 4], testShare: 0 });
    await expect(train.read([0])).rejects.toThrow(/no-bytes.parquet:0: its row holds no bytes/);
    const skipped = await open({ root: one('no-bytes'), size: [3, 4], testShare: 0, onBadImage: 'skip' });
    expect([skipped.train.length, skipped.leftOut[0]?.count]).toEqual([3, 1]);
  });

  it('a table given to images, with the cure', async () => {
    await expect(images({ root: one('texts') })(request())).rejects.toThrow(/The dataset parquet reads it/);
  });
});

describe('hostile files take neither time nor memory', () => {
  it('in any state of damage are read or refused', async () => {
    const names = ['forms/snappy', 'forms/second-version', 'forms/delta', 'lists', 'forms/zstd'];
    const sound = names.map((name) => new Uint8Array(readFileSync(one(name))));
    for (let i = 0; i < 200; i++) {
      const root = await writeTree({ 'a.parquet': damaged(sound, i) });
      try {
        const dataset = await parquet({
          root,
          size: [3, 4],
          several: i % 2 === 0,
          label: 'label',
          testShare: 0,
        })(request());
        await dataset.train.read(Array.from({ length: Math.min(12, dataset.train.length) }, (_, at) => at));
        await dataset.close?.();
      } catch (error) {
        expect(error).toBeInstanceOf(UnderstoryError);
      }
    }
  });

  /** A file whose description has rows in place of others, as a zigzag number of as many bytes. */
  it('a description that claims 2^31 rows, or a list without end', async () => {
    const bytes = readFileSync(one('forms/one-group'));
    const length = bytes.readUInt32LE(bytes.length - 8);
    const start = bytes.length - 8 - length;
    const at = bytes.subarray(start).indexOf(Buffer.from([0x16, 24, 0x19])) + start; // field 3: 12 rows
    expect(at).toBeGreaterThan(start);
    const claimed = Buffer.concat([
      bytes.subarray(0, at),
      Buffer.from([0x16, 0x80, 0x80, 0x80, 0x80, 0x10]),
      bytes.subarray(at + 2),
    ]);
    claimed.writeUInt32LE(length + 4, claimed.length - 8);
    const part = (from: number, count: number): Promise<Uint8Array> =>
      Promise.resolve(claimed.subarray(from, from + count));
    await expect(readFooter(part, claimed.length)).rejects.toThrow(
      /2147483648 rows, and its row groups have 12/,
    );
    expect(() => thriftEnd(Uint8Array.of(0x19, 0xf9, 0xff, 0xff, 0xff, 0xff, 0x07, 0))).toThrow(
      /a list that claims/,
    );
    expect(() => thriftEnd(new Uint8Array(100).fill(0x1c))).toThrow(/nested over/);
  });

  it('a page that claims more than it holds, or holds more than it claims', () => {
    const large = new Uint8Array(2 ** 26);
    expect(() => decompress('GZIP', gzipSync(large), 100)).toThrow();
    expect(() => decompress('BROTLI', brotliCompressSync(large), 100)).toThrow();
    expect(() => decompress('GZIP', gzipSync(large.subarray(0, 10)), 100)).toThrow(
      /10 bytes that claims 100/,
    );
    expect(() => decompress('ZSTD', Uint8Array.of(0), 2 ** 31)).toThrow(/claims 2147483648 bytes/);
  });

  it('a run that claims a billion values ends where the rows do', () => {
    const run = Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x08, 3);
    expect(Array.from(readRuns(readerOf(run), 2, 5))).toEqual([3, 3, 3, 3, 3]);
    expect(() => readRuns(readerOf(Uint8Array.of(0, 3)), 2, 5)).toThrow(/run of no value/);
  });
});
