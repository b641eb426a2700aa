import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { classesOf, type Dataset } from '@understory/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { decodeImage } from '../image/decodeImage.ts';
import { DECODE_DEFAULTS } from '../image/readImage.ts';
import { leftOut, namesOf, openDataset } from '../testing/boxes.test.support.ts';
import { plain } from '../testing/pictures.test.support.ts';
import { temporaryFolder } from '../testing/temporary.test.support.ts';
import type { ShardsOptions } from './options.ts';
import { shards } from './shards.ts';
import { tarEnd, tarFileHeader, tarPadding } from './tarWriter.ts';

const testdata = path.resolve(import.meta.dirname, '../../testdata/shards');

beforeAll(async () => {
  vi.stubEnv('UNDERSTORY_CACHE', await temporaryFolder());
});
afterAll(() => void vi.unstubAllEnvs());

const open = (options: ShardsOptions): Promise<Dataset> =>
  openDataset(shards({ size: [6, 8], validation: 0, testShare: 0, ...options }));

type Files = Readonly<Record<string, Uint8Array | string>>;

/** A tar of files as they are given: also what no honest writer makes. */
const tar = (files: Files): Buffer =>
  Buffer.concat([
    ...Object.entries(files).flatMap(([name, data]) => {
      const bytes = Buffer.from(data as string);
      return [tarFileHeader(name, bytes.length), bytes, tarPadding(bytes.length)];
    }),
    tarEnd(),
  ]);
const picture = await plain([200, 30, 30], 6, 8).jpeg().toBuffer();

/** A folder of shards. */
const folderOf = async (all: Readonly<Record<string, Files>>): Promise<string> => {
  const folder = await temporaryFolder();
  for (const [name, files] of Object.entries(all)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), tar(files));
  }
  return folder;
};
const one = (cls: string | number): Files => ({ 'a.jpg': picture, 'a.cls': String(cls) });
const two = { 'a.jpg': picture, 'a.cls': '0', 'b.jpg': picture, 'b.cls': '1' };

/** A picture unlike the other one. */
const odd = async (): Promise<Files> => ({
  'c.png': await plain([5, 90, 7], 6, 8).png().toBuffer(),
  'c.cls': '1',
});

/** What webdataset itself reads from the shards that it wrote. */
const read = JSON.parse(readFileSync(path.join(testdata, 'read.json'), 'utf8')) as Record<
  string,
  readonly { readonly key: string; readonly parts: Readonly<Record<string, number>> }[]
>;

describe('shards that webdataset wrote', () => {
  it('give its samples in its order, by keys and parts', async () => {
    const { train, validation, classes, ...dataset } = await open({
      root: testdata,
      splits: { train: 'train-{000000..000001}.tar', validation: ['val.tar'] },
    });
    const expected = (name: string): string[] =>
      read[name]!.map(({ key, parts }) => {
        const part = Object.keys(parts).find((p) => /^(jpe?g|png|webp)$/.test(p))!;
        return `${name}/${key}.${part}`;
      });
    expect(namesOf(train)).toEqual([...expected('train-000000.tar'), ...expected('train-000001.tar')]);
    expect(namesOf(validation)).toEqual(expected('val.tar'));
    expect([...classesOf(train)]).toEqual([0, 1, 1, 0, 0, 1]);
    expect(classes).toEqual(['0', '1']);
    expect([...train.shards!]).toEqual([0, 0, 0, 0, 1, 1]);
    expect(leftOut(dataset as Dataset)).toEqual({ '.txt beside images, not used': 1 });
  });

  it('give images in any order, and their files byte for byte', async () => {
    const { train } = await open({ root: path.join(testdata, 'train-{000000..000001}.tar') });
    const pixels = await train.read([5, 0, 3]);
    const each = 6 * 8 * 3;
    for (const [i, position] of [5, 0, 3].entries()) {
      const { data } = await decodeImage(await train.file!(position), DECODE_DEFAULTS);
      expect(Buffer.compare(pixels.subarray(i * each, (i + 1) * each), data)).toBe(0);
    }
    expect((await train.file!(1)).length).toBe(read['train-000000.tar']![1]!.parts['png']);
    await expect(train.read([6])).rejects.toThrow(/No sample at position 6/);
  });

  it('give classes by a field of their JSON', async () => {
    const { train, classes } = await open({ root: path.join(testdata, 'fields.tar'), field: 'meta.label' });
    expect(classes).toEqual(['cat', 'dog']);
    expect([...classesOf(train)]).toEqual([0, 1, 0, 1]);
  });
});

describe('splits', () => {
  it('are found by the names of files or folders, and others are taken as images takes them', async () => {
    const folder = await folderOf({
      'train/0.tar': two,
      'train/1.tar': two,
      'val/0.tar': one(1),
      'notes/readme.txt': {},
    });
    const { train, validation, test, ...dataset } = await open({ root: folder });
    expect([train, validation, test].map(({ length }) => length)).toEqual([4, 1, 0]);
    expect(leftOut(dataset as Dataset)).toEqual({ 'no tar shard': 1 });
    const all = await folderOf({
      '0.tar': Object.fromEntries(
        Array.from({ length: 20 }, (_, i) => [
          [`${i}.jpg`, picture],
          [`${i}.cls`, String(i % 2)],
        ]).flat() as [string, string][],
      ),
    });
    const cut = { root: all, validation: 0.25, testShare: 0.2 };
    const made = await openDataset(shards({ ...cut, size: [6, 8] }), 1);
    const again = await openDataset(shards({ ...cut, size: [6, 8] }), 2);
    expect([made.train, made.validation, made.test].map(({ length }) => length)).toEqual([12, 4, 4]);
    expect(namesOf(made.test)).toEqual(namesOf(again.test));
    expect(namesOf(made.validation)).not.toEqual(namesOf(again.validation));
    expect(made.origins).toEqual({ test: 'taken from train', validation: 'taken from train' });
  });

  it('that leave a doubt are an error with the cure', async () => {
    const some = await folderOf({ 'train-0.tar': two, 'other.tar': two });
    await expect(open({ root: some })).rejects.toThrow(/like none of train.*other\.tar.*splits: \{/);
    expect((await open({ root: some, splits: 'none' })).train.length).toBe(4);
    await expect(open({ root: await folderOf({ 'val-0.tar': two }) })).rejects.toThrow(/to train on/);
    const twice = { train: ['train-0.tar', 'train-0.tar'] };
    await expect(open({ root: some, splits: twice })).rejects.toThrow(/are the same shard/);
    await expect(open({ root: path.join(some, 'train-{0..3}.tar') })).rejects.toThrow(
      /nothing at \/.*train-1\.tar\. Relative paths/,
    );
    await expect(open({ root: `${some}/{0..99999999}.tar` })).rejects.toThrow(/more than 100000 files/);
    await expect(open({ root: await temporaryFolder() })).rejects.toThrow(/no tar shard in it/);
    await expect(open({ root: await folderOf({ 'a.tar.gz': two }) })).rejects.toThrow(/compressed/);
  });
});

describe('labels', () => {
  it('that are numbers count from 0 and leave no class out, unless classes are named', async () => {
    const root = await folderOf({ '0.tar': { ...one(1), 'b.jpg': picture, 'b.cls': '2\n' } });
    await expect(open({ root })).rejects.toThrow(/no training samples of class "0".*count from 0/);
    const named = await open({ root, classes: ['x', 'y', 'z'] });
    expect([...classesOf(named.train)]).toEqual([1, 2]);
    await expect(open({ root, classes: ['x', 'y'] })).rejects.toThrow(/none of its 2 classes: 2/);
  });

  it('that are names are sorted, or stand in the order that is given', async () => {
    const root = await folderOf({ '0.tar': one('dog'), '1.tar': { ...one('cat'), ...two } });
    await expect(open({ root })).rejects.toThrow(/some are none/);
    const names = await folderOf({ '0.tar': one('dog'), '1.tar': one('cat') });
    expect([...classesOf((await open({ root: names })).train)]).toEqual([1, 0]);
    expect([...classesOf((await open({ root: names, classes: ['dog', 'cat'] })).train)]).toEqual([0, 1]);
  });
});

describe('a bad sample', () => {
  const files: Files = {
    ...two,
    'nolabel.jpg': picture,
    'words.jpg': picture,
    'words.cls': '-1',
    'empty.jpg': '',
    'empty.cls': '1',
    'twice.jpg': picture,
    'twice.png': picture,
    'twice.cls': '1',
    'meta.json': '{}',
    'bad.jpg': 'no picture',
    'bad.cls': '1',
  };

  it('is an error that names shard and key', async () => {
    const root = await folderOf({ 'train-7.tar': files });
    await expect(open({ root })).rejects.toThrow(/train-7\.tar\/nolabel.*no \.cls beside it.*onBadImage/);
    const only = await folderOf({ 'train-7.tar': { ...two, 'x/bad.jpg': 'none', 'x/bad.cls': '1' } });
    const { train } = await open({ root: only });
    await expect(train.read([0, 2])).rejects.toThrow(/train-7\.tar\/x\/bad\.jpg: not a/);
    await expect(open({ root: only, check: true })).rejects.toThrow(/train-7\.tar\/x\/bad\.jpg/);
  });

  it('is skipped and counted by its reason, the second time without decoding', async () => {
    const root = await folderOf({ 'train-7.tar': files });
    const { train, ...dataset } = await open({ root, onBadImage: 'skip' });
    expect(namesOf(train)).toEqual(['train-7.tar/a.jpg', 'train-7.tar/b.jpg']);
    expect(leftOut(dataset as Dataset)).toEqual({
      'no image, only .json': 1,
      'no .cls beside it': 1,
      'its .cls is a number that no class has': 1,
      'an empty file': 1,
      'several images; the option image says which': 1,
      'cannot be read': 1,
    });
    let decoded = 0;
    await openDataset(shards({ root, size: [6, 8], onBadImage: 'skip' }), 1, (_, __, what) => {
      if (what === 'checking images') decoded++;
    });
    expect(decoded).toBe(0);
  });
});

describe('the index', () => {
  const cached = (): string[] => readdirSync(path.join(process.env['UNDERSTORY_CACHE']!, 'shards')).sort();

  it('is made once, kept in the cache, and made anew where the shard changes', async () => {
    const root = await folderOf({ '0.tar': two });
    const before = cached().length;
    await open({ root });
    await open({ root });
    expect(cached().length).toBe(before + 1);
    await writeFile(path.join(root, '0.tar'), tar({ ...two, 'c.jpg': picture, 'c.cls': '1' }));
    expect((await open({ root })).train.length).toBe(3);
  });

  it('of a cached file that is damaged is made again', async () => {
    const root = await folderOf({ '0.tar': two });
    const before = new Set(cached());
    await open({ root });
    const own = cached().find((name) => !before.has(name))!;
    const file = path.join(process.env['UNDERSTORY_CACHE']!, 'shards', own);
    const bytes = await readFile(file);
    for (const spoilt of [bytes.subarray(0, 100), bytes.map((b, i) => (i > 40 ? b ^ 1 : b))]) {
      await writeFile(file, spoilt);
      expect((await open({ root })).train.length).toBe(2);
    }
    expect(Buffer.compare(await readFile(file), bytes)).toBe(0);
  });

  it('beside a shard is read, and refused where it is damaged or of another shard', async () => {
    const root = await folderOf({ '0.tar': two });
    const before = new Set(cached());
    await open({ root });
    const own = cached().find((name) => !before.has(name))!;
    const beside = path.join(root, '0.tar.index');
    await rename(path.join(process.env['UNDERSTORY_CACHE']!, 'shards', own), beside);
    expect((await open({ root })).train.length).toBe(2);
    expect(cached()).toEqual([...before].sort());
    const bytes = await readFile(beside);
    await writeFile(beside, bytes.subarray(0, -4));
    await expect(open({ root })).rejects.toThrow(/0\.tar\.index is damaged.*Delete it/);
    await writeFile(beside, bytes);
    await cp(beside, path.join(root, '1.tar.index'));
    await writeFile(path.join(root, '1.tar'), tar(one(0)));
    await expect(open({ root })).rejects.toThrow(/1\.tar\.index is of a shard of \d+ bytes/);
  });

  it('that no longer fits the shard is noticed when a sample is read', async () => {
    const root = await folderOf({ '0.tar': two });
    const { train } = await open({ root });
    const file = path.join(root, '0.tar');
    const whole = await readFile(file);
    await rm(file);
    await writeFile(file, Buffer.concat([tar({ 'z.txt': 'moved' }).subarray(0, 512), whole]));
    await expect(train.read([0])).rejects.toThrow(/0\.tar\/a\.jpg: not where the index says/);
  });
});

describe('decoded images on disk', () => {
  const cached = (): string[] => readdirSync(path.join(process.env['UNDERSTORY_CACHE']!, 'decoded'));

  it('are made once, whole, and give the same pixels', async () => {
    const root = await folderOf({ '0.tar': { ...two, ...(await odd()) } });
    const expected = await (await open({ root })).train.read([2, 0, 1]);
    const { train } = await open({ root, decoded: 1, cache: 0 });
    expect(Buffer.compare(await train.read([2, 0, 1]), expected)).toBe(0);
    const [file] = cached();
    expect(cached()).toHaveLength(1);
    const place = path.join(process.env['UNDERSTORY_CACHE']!, 'decoded', file!);
    const whole = await readFile(place);
    expect(whole.length).toBe(3 * 6 * 8 * 3);
    await writeFile(place, whole.subarray(0, 100));
    await open({ root, decoded: 1 });
    expect(Buffer.compare(await readFile(place), whole)).toBe(0);
  });

  it('are those of the part that is asked for', async () => {
    const left = await plain([255, 0, 0], 6, 8).png().toBuffer();
    const right = await plain([0, 0, 255], 6, 8).png().toBuffer();
    const root = await folderOf({
      '0.tar': Object.fromEntries<Uint8Array | string>(
        ['a', 'b'].flatMap((key) => [
          [`${key}.left.png`, left],
          [`${key}.right.png`, right],
          [`${key}.cls`, key === 'a' ? '0' : '1'],
        ]),
      ),
    });
    const first = async (part: string, decoded: number): Promise<number[]> => [
      ...(await (await open({ root, image: part, decoded })).train.read([0])).subarray(0, 3),
    ];
    expect(await first('left.png', 1)).toEqual([255, 0, 0]);
    expect(await first('right.png', 1)).toEqual(await first('right.png', 0));
    expect(await first('right.png', 1)).toEqual([0, 0, 255]);
  });

  it('do not outgrow their bound, and leave nothing of a failure', async () => {
    const root = await folderOf({ '0.tar': two });
    await expect(open({ root, size: [512, 512], decoded: 1 })).rejects.toThrow(/take 2 MB.*allows 1/);
    const before = cached();
    const bad = await folderOf({ '0.tar': { ...two, 'c.jpg': 'none', 'c.cls': '1' } });
    await expect(open({ root: bad, decoded: 1 })).rejects.toThrow(/0\.tar\/c\.jpg/);
    expect(cached()).toEqual(before);
    expect((await open({ root: bad, decoded: 1, onBadImage: 'skip' })).train.length).toBe(2);
    await open({ root, size: [418, 418], decoded: 1 });
    expect(cached()).toHaveLength(1);
  });
});

it('a shard that is cut off, or leads out of itself, is refused by its name', async () => {
  const root = await folderOf({ '0.tar': two });
  const whole = await readFile(path.join(root, '0.tar'));
  await writeFile(path.join(root, '0.tar'), whole.subarray(0, 1500));
  await expect(open({ root })).rejects.toThrow(/Cannot read 0\.tar: it is cut off/);
  const out = await folderOf({ '0.tar': { '../a.jpg': picture, '../a.cls': '0' } });
  await expect(open({ root: out })).rejects.toThrow(/leads out of it/);
});
