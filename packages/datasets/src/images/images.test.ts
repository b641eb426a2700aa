import { existsSync } from 'node:fs';
import { symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { classesOf, type Dataset, type Samples } from '@understory/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { patterned, plain, type Rgb } from '../testing/pictures.test.support.ts';
import { packTar, request, temporaryFolder, writeTree } from '../testing/temporary.test.support.ts';
import { images } from './images.ts';
import type { ImagesOptions } from './options.ts';

const opened: Dataset[] = [];
const open = async (
  options: ImagesOptions,
  seed = 1,
  progress?: (done: number) => void,
): Promise<Dataset> => {
  const dataset = await images(options)(request(seed, progress));
  opened.push(dataset);
  return dataset;
};
afterAll(async () => {
  for (const dataset of opened) await dataset.close?.();
});
const names = (samples: Samples): string[] =>
  Array.from({ length: samples.length }, (_, i) => samples.describe(i));
const png = (colour: Rgb): Promise<Buffer> => plain(colour, 8, 8).png().toBuffer();

/** Images `<class>/<n>.png` whose red level tells the class and green the number. */
const classFolder = async (
  classes: readonly string[],
  each: number,
  under = '',
): Promise<Record<string, Buffer>> => {
  const files: Record<string, Buffer> = {};
  for (const [c, name] of classes.entries()) {
    for (let n = 0; n < each; n++)
      files[`${under}${name}/${String(n).padStart(2, '0')}.png`] = await png([c * 50, n, 0]);
  }
  return files;
};

beforeAll(async () => {
  vi.stubEnv('UNDERSTORY_CACHE', await temporaryFolder());
  return () => vi.unstubAllEnvs();
});

describe('class folders', () => {
  it('become classes in order, split by class', async () => {
    const folder = await writeTree({
      ...(await classFolder(['cat', 'ant', 'bee'], 10)),
      'README.md': 'counted',
    });
    for (const root of [folder, await packTar(folder), await packTar(folder, true)]) {
      const { classes, train, validation, test, leftOut } = await open({ root, validation: 0.25 });
      expect(classes).toEqual(['ant', 'bee', 'cat']);
      expect([train.length, validation.length, test.length]).toEqual([18, 6, 6]);
      expect(train.size).toEqual([8, 8]);
      expect(leftOut).toEqual([{ reason: 'no image by its name', count: 1, examples: ['README.md'] }]);
      const first = (await train.read([0, 17])).filter((_, i) => i % 192 < 3);
      expect(Array.from(first)).toEqual([
        50,
        Number(train.describe(0).slice(4, 6)),
        0,
        0,
        Number(train.describe(17).slice(4, 6)),
        0,
      ]);
      expect(new Set([...names(train), ...names(validation), ...names(test)]).size).toBe(30);
    }
  });

  it('give the same test images for every seed, and validation images by seed', async () => {
    const root = await writeTree(await classFolder(['a', 'b'], 20));
    const [one, two] = [await open({ root }, 1), await open({ root }, 2)];
    expect(names(one.test)).toEqual(names(two.test));
    expect(names(one.validation)).not.toEqual(names(two.validation));
  });

  it('may lie in folders of splits, below one that wraps them, with more folders inside', async () => {
    const files = {
      ...(await classFolder(['a', 'b'], 3, 'set/train/')),
      ...(await classFolder(['b'], 2, 'set/val/')),
      ...(await classFolder(['a', 'b'], 1, 'set/test/')),
      'set/train/a/more/deep.png': await png([0, 0, 9]),
    };
    const { train, validation, test } = await open({ root: await packTar(await writeTree(files)) });
    expect([train.length, validation.length, test.length]).toEqual([7, 2, 2]);
    expect(names(train)).toContain('set/train/a/more/deep.png');
    expect(Array.from(classesOf(validation))).toEqual([1, 1]);
  });

  it('of the test set may lie apart', async () => {
    const root = await writeTree(await classFolder(['a', 'b'], 4));
    const apart = await packTar(await writeTree(await classFolder(['b', 'a'], 3)));
    const { train, test } = await open({ root, test: apart, validation: 0 });
    expect([train.length, test.length]).toEqual([8, 6]);
    const other = await writeTree(await classFolder(['b', 'c'], 1));
    await expect(open({ root, test: other })).rejects.toThrow(/no training images of class c/);
  });

  it('are cut down to the limit, balanced', async () => {
    const root = await writeTree(await classFolder(['a', 'b', 'c'], 10));
    const { train, test } = await open({ root, limit: 4, validation: 0 });
    expect(Array.from(classesOf(train)).sort()).toEqual([0, 0, 1, 2]);
    expect(test.length).toBe(4);
  });

  it('that are missing are named', async () => {
    await expect(open({ root: await writeTree({ 'a.png': await png([0, 0, 0]) }) })).rejects.toThrow(
      /no class folder/,
    );
    const flat = { ...(await classFolder(['a'], 2, 'train/')), 'test/1.png': await png([0, 0, 0]) };
    await expect(open({ root: await writeTree(flat) })).rejects.toThrow(/"test" holds no class folders/);
  });
});

describe('bad images', () => {
  let root = '';
  let files: Record<string, Uint8Array | string> = {};
  const faulty = ['a/cut.jpg', 'a/none.png', 'b/text.jpg'];
  beforeAll(async () => {
    files = {
      ...(await classFolder(['a', 'b'], 6)),
      'a/cut.jpg': (await patterned(8, 8).jpeg().toBuffer()).subarray(0, -40),
      'a/none.png': '',
      'b/text.jpg': 'no image',
    };
    root = await writeTree(files);
  });

  it('stop the read that meets them, all named in one message', async () => {
    const { train, test, validation } = await open({ root, size: [8, 8], validation: 0 });
    expect(train.length + test.length + validation.length).toBe(15);
    const bad = names(train).flatMap((name, i) => (faulty.includes(name) ? [i] : []));
    const reading = train.read([0, ...bad]);
    await expect(reading).rejects.toThrow(new RegExp(`${bad.length} images? cannot be read: .*onBadImage`));
    for (const i of bad) await expect(reading).rejects.toThrow(train.describe(i));
    expect((await train.read([0])).length).toBe(192);
  });

  it('stop the opening where it checks', async () => {
    await expect(open({ root, check: true })).rejects.toThrow(
      /3 images cannot be read: a\/cut.jpg: .*; ?|a\/none.png/,
    );
    const tar = await packTar(root);
    await expect(open({ root: tar })).rejects.toThrow(/1 image cannot be read: a\/none.png: an empty file/);
  });

  it.each(['folder', 'tar'])('in a %s are left out, counted and named, and remembered', async (kind) => {
    const copy = await writeTree(files);
    const at = kind === 'tar' ? await packTar(copy) : copy;
    const calls: number[] = [];
    const once = await open({ root: at, onBadImage: 'skip', validation: 0 }, 1, (done) => calls.push(done));
    expect(once.leftOut.map(({ className, count }) => [className, count]).sort()).toEqual([
      ['a', 2],
      ['b', 1],
    ]);
    const named = once.leftOut.flatMap(({ examples }) => examples);
    expect(named.map((name) => name.split(':')[0]).sort()).toEqual(faulty);
    expect(once.train.length + once.test.length).toBe(12);
    expect(classesOf(once.train).length).toBe(once.train.length);
    await once.train.read(classesOf(once.train).map((_, i) => i));
    expect(calls.at(-1)).toBe(calls.length);
    expect(calls.length).toBeGreaterThanOrEqual(14);
    const again: number[] = [];
    const twice = await open({ root: at, onBadImage: 'skip' }, 1, (done) => again.push(done));
    expect(again).toEqual([]);
    expect(twice.leftOut).toEqual(once.leftOut);
  });

  it('are looked for again when a file changed', async () => {
    const folder = await writeTree(await classFolder(['a', 'b'], 3));
    expect((await open({ root: folder, onBadImage: 'skip' })).leftOut).toEqual([]);
    await writeFile(path.join(folder, 'a/00.png'), 'broken now');
    expect((await open({ root: folder, onBadImage: 'skip' })).leftOut.length).toBe(1);
  });

  it('include links that lead out where they may not', async () => {
    const folder = await writeTree(await classFolder(['a', 'b'], 3));
    await symlink('/etc/hostname', path.join(folder, 'a/out.png'));
    const inside = { root: folder, links: 'inside' } as const;
    await expect(open(inside)).rejects.toThrow(/1 image cannot be read: a\/out.png: a link that leads out/);
    const { leftOut } = await open({ ...inside, onBadImage: 'skip' });
    expect(leftOut).toMatchObject([{ reason: 'cannot be read', className: 'a', count: 1 }]);
  });

  it('all of them are an error even so', async () => {
    const none = await writeTree({ 'a/1.png': 'no', 'a/2.png': 'no' });
    await expect(open({ root: none, onBadImage: 'skip' })).rejects.toThrow(
      /^2 images cannot be read: .*\. Repair or remove what is named\.$/,
    );
  });
});

describe('class folders that are empty', () => {
  const both = ['error', 'skip'] as const;

  it.each(both)(
    'are named before any bad image, and may be left aside by name (onBadImage %s)',
    async (onBadImage) => {
      const root = await writeTree({
        ...(await classFolder(['a', 'b'], 1)),
        'b/2.png': 'no image',
        'c/': '',
        'd/': '',
      });
      await expect(open({ root, onBadImage })).rejects.toThrow(
        /its class folders "c", "d" are empty\. Fill them, remove them, or name the classes to use with the dataset's option classes\.$/,
      );
      const { classes } = await open({ root, onBadImage, classes: ['a', 'b'] });
      expect(classes).toEqual(['a', 'b']);
    },
  );

  it.each(both)('are all that there is: no image to learn from (onBadImage %s)', async (onBadImage) => {
    const root = await writeTree({ 'cat/': '', 'dog/': '' });
    const problem =
      /its class folders "cat", "dog" are empty: there is no image to learn from\. Put the images of each class into its folder\.$/;
    await expect(open({ root, onBadImage })).rejects.toThrow(problem);
    await expect(open({ root, onBadImage, classes: ['cat', 'dog'] })).rejects.toThrow(problem);
  });

  it('of a test split are an error that names the split, unless bad images are skipped', async () => {
    const root = await writeTree({
      ...(await classFolder(['a', 'b'], 1, 'train/')),
      ...(await classFolder(['a'], 1, 'test/')),
      'test/b/': '',
    });
    await expect(open({ root })).rejects.toThrow(
      /its class folder "b" of test is empty\. Fill it, remove it/,
    );
    expect((await open({ root, onBadImage: 'skip' })).test.length).toBe(1);
  });
});

describe('sizes', () => {
  it('are the first image’s, or what is said', async () => {
    const mixed = {
      'a/1.png': await png([9, 9, 9]),
      'a/2.png': await plain([9, 9, 9], 20, 40).png().toBuffer(),
    };
    const root = await writeTree(mixed);
    const { train, test } = await open({ root, validation: 0, testShare: 0.5 });
    expect([train.size, test.size]).toEqual([
      [8, 8],
      [8, 8],
    ]);
    expect((await train.read([0])).every((v) => v === 9)).toBe(true);
    expect((await open({ root, size: [4, 6] })).train.size).toEqual([4, 6]);
    const large = await writeTree({ 'a/1.png': await plain([0, 0, 0], 300, 400).png().toBuffer() });
    await expect(open({ root: large })).rejects.toThrow(/300 x 400 pixels.*size: \[224, 224\]/);
  });

  it('are read the same with and without a cache, in any order', async () => {
    const root = await writeTree(await classFolder(['a', 'b'], 10));
    const order = [5, 3, 3, 0, 9, 1];
    const kept = (await open({ root })).train;
    const bare = (await open({ root, cache: 0 })).train;
    const small = (await open({ root, cache: 400 / 2 ** 20 })).train;
    const pixels = await kept.read(order);
    for (const samples of [kept, bare, small, small]) expect(await samples.read(order)).toEqual(pixels);
    expect((await kept.read([])).length).toBe(0);
  });
});

const cifar = path.resolve(import.meta.dirname, '../../../../../shared/data');
describe.skipIf(!existsSync(path.join(cifar, 'cifar10-test.tar')))('CIFAR-10 in tars', () => {
  it('opens and reads', async () => {
    const options = {
      root: `${cifar}/cifar10-train.tar`,
      test: `${cifar}/cifar10-test.tar`,
      limit: { train: 500, test: 100 },
    };
    const { classes, train, validation, test } = await open(options);
    expect(classes.length).toBe(10);
    expect([train.length, validation.length, test.length]).toEqual([500, 5000, 100]);
    expect(Array.from({ length: 10 }, (_, c) => classesOf(train).filter((l) => l === c).length)).toEqual(
      Array(10).fill(50),
    );
    const pixels = await train.read(Array.from({ length: 64 }, (_, i) => i * 7));
    expect(pixels.reduce((a, b) => a + b, 0) / pixels.length / 255).toBeCloseTo(0.47, 1);
  });
});
