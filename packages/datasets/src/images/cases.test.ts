import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Dataset } from '@understory/core';
import { UnderstoryError } from '@understory/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { plain } from '../testing/pictures.test.support.ts';
import { packTar, request, temporaryFolder, writeTree } from '../testing/temporary.test.support.ts';
import { tiff } from '../testing/tiff.test.support.ts';
import { zip } from '../testing/zip.test.support.ts';
import { images } from './images.ts';
import type { ImagesOptions } from './options.ts';

const opened: Dataset[] = [];
const open = async (options: ImagesOptions, seed = 1): Promise<Dataset> => {
  const dataset = await images({ validation: 0, ...options })(request(seed));
  opened.push(dataset);
  return dataset;
};
afterAll(async () => {
  for (const dataset of opened) await dataset.close?.();
});

let png: Buffer;
beforeAll(async () => {
  vi.stubEnv('UNDERSTORY_CACHE', await temporaryFolder());
  png = await plain([90, 60, 30], 8, 8).png().toBuffer();
  return () => vi.unstubAllEnvs();
});

/** So many images in each of these folders. */
const filled = (folders: Readonly<Record<string, number>>): Record<string, Uint8Array | string> =>
  Object.fromEntries(
    Object.entries(folders).flatMap(([folder, count]) =>
      Array.from({ length: count }, (_, i) => [`${folder}/${i}.png`, png] as const),
    ),
  );
const sizes = ({ train, validation, test }: Dataset): number[] => [
  train.length,
  validation.length,
  test.length,
];
const heic = Buffer.concat([Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'), Buffer.alloc(40)]);

describe('splits', () => {
  it('of train and val folders are left as they are: nothing is taken from train to test on, unless asked for', async () => {
    const root = await writeTree(filled({ 'train/a': 10, 'train/b': 10, 'val/a': 2, 'val/b': 2 }));
    const plainly = await open({ root });
    expect(sizes(plainly)).toEqual([20, 4, 0]);
    expect(plainly.origins).toEqual({ test: 'none: the option testShare takes no share of train' });
    const asked = await open({ root, testShare: 0.2 });
    expect(sizes(asked)).toEqual([16, 4, 4]);
    expect(asked.origins).toEqual({ test: 'taken from train' });
  });

  it('that folders do not make say where they come from, also where a set is too small for them', async () => {
    const root = await writeTree(filled({ a: 10, b: 10 }));
    const taken = await open({ root, validation: 0.25 });
    expect(taken.origins).toEqual({ test: 'taken from train', validation: 'taken from train' });
    const tiny = await open({ root: await writeTree(filled({ a: 2, b: 2 })), validation: 0.1 });
    expect(sizes(tiny)).toEqual([4, 0, 0]);
    expect(tiny.origins).toEqual({
      test: 'none: a share of 0.2 of train is less than one image of any class',
      validation: 'none: a share of 0.1 of train is less than one image of any class',
    });
  });

  it('whose classes do not fit together are an error', async () => {
    const more = await writeTree(filled({ 'train/a': 2, 'train/b': 2, 'test/c': 1 }));
    await expect(open({ root: more })).rejects.toThrow(
      /no training images of class c, which its test images have/,
    );
    const spelled = await writeTree(filled({ 'train/Cat': 2, 'train/Dog': 2, 'test/cat': 1 }));
    await expect(open({ root: spelled })).rejects.toThrow(
      /test folder names a class "cat", its train folder "Cat"/,
    );
    const alone = await writeTree(filled({ 'test/a': 2, 'val/a': 2 }));
    await expect(open({ root: alone })).rejects.toThrow(
      /has a validation and test folder, but none to train on.*splits/,
    );
  });

  it('that an option names leave the rest out, counted', async () => {
    const root = await writeTree({
      ...filled({ 'one/a': 2, 'one/b': 2, 'two/a': 3, 'more/a': 1 }),
      'loose.png': png,
    });
    const dataset = await open({ root, splits: { train: 'one', test: 'two' } });
    expect(sizes(dataset)).toEqual([4, 0, 3]);
    expect(dataset.leftOut).toEqual([
      { reason: 'loose, in no class folder', count: 1, examples: ['loose.png'] },
      { reason: 'in "more/a", which is no class folder of a split', count: 1, examples: ['more/a/0.png'] },
    ]);
    const vehicles = await writeTree(filled({ train: 3, car: 3 }));
    await expect(open({ root: vehicles })).rejects.toThrow(/splits: none makes all folders classes/);
    expect((await open({ root: vehicles, splits: 'none' })).classes).toEqual(['car', 'train']);
  });
});

describe('links', () => {
  it('to a class, a split or single images are followed, and where they lead out is said', async () => {
    const root = await writeTree({
      ...filled({
        'pool/cat': 5,
        'pool/dog': 5,
        'set/bird': 5,
        'set/dog': 5,
        'two/train/cat': 2,
        'two/train/dog': 2,
      }),
    });
    await symlink('../pool/cat', path.join(root, 'set/cat'));
    await symlink('../pool', path.join(root, 'two/test'));
    await mkdir(path.join(root, 'farm/cat'), { recursive: true });
    await mkdir(path.join(root, 'farm/dog'));
    for (const name of ['cat/0.png', 'cat/1.png', 'dog/3.png'])
      await symlink(`../../pool/${name}`, path.join(root, 'farm', name));
    const linked = await open({ root: path.join(root, 'set') });
    expect([linked.classes, sizes(linked)]).toEqual([
      ['bird', 'cat', 'dog'],
      [12, 0, 3],
    ]);
    expect(linked.origins?.train).toMatch(/^4 through links to \/.*pool\/cat$/);
    expect(linked.origins?.test).toMatch(/^taken from train, 1 through links to /);
    const split = await open({ root: path.join(root, 'two') });
    expect(sizes(split)).toEqual([4, 0, 10]);
    expect(split.test.describe(0)).toBe('test/cat/0.png');
    const farm = await open({ root: path.join(root, 'farm'), testShare: 0 });
    expect(sizes(farm)).toEqual([3, 0, 0]);
    expect((await farm.train.read([0, 1, 2])).length).toBe(3 * 192);
    for (const name of ['set', 'two'])
      await expect(
        open({ root: path.join(root, name), links: 'inside', onBadImage: 'skip' }),
      ).rejects.toThrow(/(cat|test) is a link that leads out of the dataset, to .*option links/);
    await symlink('gone', path.join(root, 'set/ant'));
    await expect(open({ root: path.join(root, 'set'), onBadImage: 'skip' })).rejects.toThrow(
      /ant is a link to nothing/,
    );
  });

  it('and the option test, where they hold images of train, are counted', async () => {
    const root = await writeTree(filled({ cat: 4, dog: 4 }));
    expect((await open({ root, test: root })).origins?.test).toBe('8 of them in train too');
    const other = path.join(await temporaryFolder(), 'other');
    await symlink(root, other);
    expect((await open({ root, test: other })).origins?.test).toBe('8 of them in train too');
    await expect(open({ root, test: path.join(root, 'cat') })).rejects.toThrow(
      /cat as a dataset: the option test names it, and no class folder/,
    );
    const tar = await packTar(root);
    expect((await open({ root: tar, test: tar })).origins?.test).toBe('8 of them in train too');
  });

  it('in a tar are followed inside it', async () => {
    const root = await writeTree(filled({ 'train/a': 3, 'train/b': 3, 'pool/c': 1 }));
    await symlink('train', path.join(root, 'test'));
    await symlink('../pool/c', path.join(root, 'train/c'));
    const tar = await open({ root: await packTar(root), splits: { train: 'train', test: 'test' } });
    expect([tar.classes, sizes(tar)]).toEqual([
      ['a', 'b', 'c'],
      [7, 0, 7],
    ]);
    expect(tar.origins?.test).toBe('7 of them in train too');
    expect((await tar.test.read([6])).length).toBe(192);
  });
});

it('says how many test images of an option "test" are trained on too', async () => {
  const root = await writeTree(filled({ 'set/a': 10, 'set/b': 10, 'new/a': 2, 'new/b': 2 }));
  const told = async (test: string): Promise<string | undefined> =>
    (await open({ root: path.join(root, 'set'), test: path.join(root, test) })).origins?.test;
  expect(await told('set')).toBe('20 of them in train too');
  expect(await told('new')).toBeUndefined();
});

describe('what is left out', () => {
  it('is counted by reason and class, whatever the reason', async () => {
    const root = await writeTree({
      ...filled({ a: 4, b: 4, c: 2 }),
      'a/cut.png': png.subarray(0, 60),
      'a/photo.heic': heic,
      'a/.hidden.png': png,
      'a/Thumbs.db': 'x',
      'a/labels.json': '{}',
      'b/strange': 'nothing known',
      README: 'x',
      'loose.png': png,
    });
    const { leftOut, train, classes } = await open({
      root,
      onBadImage: 'skip',
      classes: ['a', 'b'],
      testShare: 0,
      limit: { train: 6 },
    });
    expect(classes).toEqual(['a', 'b']);
    expect(train.length).toBe(6);
    expect(leftOut).toEqual([
      { reason: 'hidden', count: 2, examples: ['a/.hidden.png', 'a/Thumbs.db'] },
      { reason: 'no image by its name', count: 2, examples: ['README', 'a/labels.json'] },
      { reason: 'no image', count: 1, examples: ['b/strange'] },
      { reason: 'loose, in no class folder', count: 1, examples: ['loose.png'] },
      {
        reason: 'of a class that the option classes leaves out',
        count: 2,
        className: 'c',
        examples: ['c/0.png', 'c/1.png'],
      },
      {
        reason: 'cannot be read',
        count: 2,
        className: 'a',
        examples: [
          expect.stringContaining('a/photo.heic: a HEIC picture; convert it') as string,
          expect.stringContaining('a/cut.png: ') as string,
        ],
      },
      { reason: 'over the limit of 6 for train', count: 2, examples: [] },
    ]);
  });

  it('never is a whole class', async () => {
    const files = {
      ...filled({ dog: 3 }),
      ...Object.fromEntries([0, 1, 2].map((i) => [`cat/${i}.heic`, heic])),
    };
    const root = await writeTree(files);
    await expect(open({ root })).rejects.toThrow(
      /3 images cannot be read: cat\/0.heic, .*: a HEIC picture; convert it to JPEG or PNG/,
    );
    await expect(open({ root, onBadImage: 'skip' })).rejects.toThrow(
      /class "cat" has no training image left: none of its 3 can be read.*HEIC picture; convert/,
    );
    expect((await open({ root, classes: ['dog'] })).classes).toEqual(['dog']);
    expect(() => images({ root, classes: ['dog', 'dog'] })).toThrow(/expected each class once/);
    await expect(open({ root, classes: ['dgo'] })).rejects.toThrow(
      /names "dgo", which has no image. Did you mean "dog"/,
    );
    const three = await writeTree(filled({ a: 3, b: 3, c: 3 }));
    await expect(open({ root: three, limit: 2 })).rejects.toThrow(
      /limit of 2 training images leaves none of class c. Set limit to 3/,
    );
  });
});

describe('roots of other kinds', () => {
  const cases: Record<string, [string | Uint8Array | (() => Uint8Array), RegExp]> = {
    'one.png': [() => png, /it is one PNG image. Give the folder/],
    'table.parquet': ['PAR1xxxx', /a Parquet table. The dataset parquet reads it/],
    'data.h5': [Buffer.from('\x89HDF\r\n\x1a\nxxxx', 'latin1'), /an HDF5 file. Write/],
    'array.npy': [Buffer.from('\x93NUMPY\x01', 'latin1'), /a NumPy array/],
    'arrays.npz': [zip([{ path: 'x.npy', data: '\x93NUMPY' }]), /no image, but x.npy. Arrange it as/],
    'list.csv': [
      'file,label\na.png,cat\n',
      /a text file, such as a list of images. The dataset table reads CSV/,
    ],
    'pointer.tar': [
      'version https://git-lfs.github.com/spec/v1\noid sha256:0\n',
      /a Git LFS pointer.*git lfs pull/,
    ],
    'page.zip': ['<!DOCTYPE html><html>', /an HTML page in place of the file; download it again/],
    'packed.tar.xz': [Buffer.from('\xfd7zXZ\0', 'latin1'), /an xz archive. Unpack it/],
    'packed.rar': ['Rar!xxx', /a RAR archive. Unpack it/],
    'empty.tar': ['', /an empty file/],
    'list.csv.gz': [gzipSync('file,label\n'.repeat(200)), /no tar archive/],
    'photo.heic': [heic, /a HEIC picture/],
  };
  it.each(Object.entries(cases))('%s: the cause and the cure', async (name, [content, reason]) => {
    const root = await writeTree({ [name]: typeof content === 'function' ? content() : content });
    const outcome = open({ root: path.join(root, name) });
    await expect(outcome).rejects.toThrow(reason);
    await expect(outcome).rejects.toThrow(UnderstoryError);
  });

  it('folders without class folders', async () => {
    await expect(open({ root: await writeTree({}) })).rejects.toThrow(
      /it holds nothing. Arrange it as <class>/,
    );
    await expect(open({ root: await writeTree({ 'a.txt': 'x' }) })).rejects.toThrow(
      /it holds no image, but a.txt/,
    );
    await expect(open({ root: await writeTree({ 'a/train.zip': 'x' }) })).rejects.toThrow(
      /no class folder with an image in it was found; it holds a\/train.zip/,
    );
    await expect(open({ root: await writeTree({ '1.png': png, '2.png': png }) })).rejects.toThrow(
      /no class folder with an image in it.*2 images lie loose/,
    );
  });

  it('a zip, and pictures of other kinds in it', async () => {
    const grey = (level: number): Buffer =>
      tiff(
        Array.from({ length: 64 }, () => level),
        { width: 8, height: 8, channels: 1, format: 'float', bits: 32 },
      );
    const folder = await temporaryFolder();
    const root = path.join(folder, 'set.zip');
    await writeFile(
      root,
      zip([
        { path: 'a/1.tif', data: grey(0.4) },
        { path: 'b/1.tif', data: grey(0.8) },
      ]),
    );
    const dataset = await open({ root, testShare: 0 });
    expect([dataset.name, dataset.classes]).toEqual(['set', ['a', 'b']]);
    expect(new Set(await dataset.train.read([0]))).toEqual(new Set([102]));
    expect(new Set(await dataset.train.read([1]))).toEqual(new Set([204]));
  });
});

it('messages stay short however long the names are', async () => {
  const name = (i: number): string => `${i}-${'a-long-name-of-a-folder-'.repeat(4)}`;
  const under = Array.from({ length: 3 }, (_, i) => name(i)).join('/');
  const trees: Record<string, number>[] = [
    { [`${under}/train`]: 1, ...Object.fromEntries([1, 2, 3, 4, 5].map((i) => [`${under}/${name(i)}`, 1])) },
    Object.fromEntries(
      [1, 2, 3, 4].flatMap((i) => [6, 7, 8].map((k) => [`${under}/${name(i)}/${name(k)}`, 1])),
    ),
    { [`train/${name(1)}`]: 1, [`test/${name(2)}`]: 1 },
    { [`train/${name(1)}`]: 1, [`${name(3)}_test`]: 1 },
  ];
  for (const tree of trees) {
    const error = await open({ root: await writeTree(filled(tree)) }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UnderstoryError);
    expect((error as Error).message.length).toBeLessThan(400);
  }
});

it('every message is one line of less than 400 characters', async () => {
  const long = 'a-rather-long-name-of-an-image-that-somebody-has-given-it-for-some-reason';
  const many = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [`class-${i % 4}/${long}-${i}.png`, i % 2 ? 'no image' : '']),
  );
  const error = await open({ root: await writeTree(many) }).catch((e: unknown) => e);
  const checked = await open({
    root: await writeTree({ ...many, ...filled({ a: 1 }) }),
    check: true,
    size: [8, 8],
  }).catch((e: unknown) => e);
  for (const { message } of [error, checked] as Error[]) {
    expect(message).not.toContain('\n');
    expect(message.length).toBeLessThan(400);
  }
});
