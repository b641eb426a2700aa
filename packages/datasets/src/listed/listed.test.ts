import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { leftOut, openDataset } from '../testing/boxes.test.support.ts';
import { miniature, MINIATURES, packedAsPublished, type Miniature } from '../testing/listed.test.support.ts';
import { greysOf, splitsOf } from '../testing/listedGolden.test.support.ts';
import { packTar, writeTree } from '../testing/temporary.test.support.ts';
import { zip } from '../testing/zip.test.support.ts';

/** Each form in which people keep a dataset. */
const FORMS: Readonly<Record<string, (one: Miniature) => Promise<string>>> = {
  'a folder': ({ tree }) => writeTree(tree),
  'a tar': async ({ tree }) => packTar(await writeTree(tree)),
  'a tar.gz': async ({ tree }) => packTar(await writeTree(tree), true),
  'a zip': async ({ tree }) => {
    const entries = Object.entries(tree).map(([name, data]) => ({ path: `data/${name}`, data }));
    return path.join(await writeTree({ 'all.zip': zip(entries) }), 'all.zip');
  },
  'its published archives beside each other': packedAsPublished,
};

describe.each(Object.entries(MINIATURES))('%s', (name, one) => {
  const expected = { train: one.train, validation: one.validation ?? [], test: one.test };

  it.each(Object.entries(FORMS))('is the same from %s, picture for picture', async (_, form) => {
    const dataset = await openDataset(one.open({ root: await form(one) }));
    expect(splitsOf(dataset)).toEqual(expected);
    expect(dataset.classes).toEqual(one.classes);
    for (const split of [dataset.train, dataset.validation, dataset.test]) {
      const { read, made } = await greysOf(split);
      read.forEach((grey, i) => expect(Math.abs(grey - (made[i] ?? -9))).toBeLessThanOrEqual(1));
    }
    expect(dataset.leftOut).toEqual([]);
    expect(JSON.stringify(dataset.origins ?? {})).not.toContain('undefined');
  });

  it('counts pictures that are in no list', async () => {
    const [picture = ''] = Object.keys(one.tree).filter((path) => /\.jpe?g$/i.test(path));
    const stray = `elsewhere/stray${path.extname(picture)}`;
    const root = await writeTree({ ...one.tree, [stray]: one.tree[picture] ?? '' });
    expect(leftOut(await openDataset(one.open({ root })))).toEqual({ 'pictures that are in no list': 1 });
  });

  it('refuses a root without its files, and says what to give', async () => {
    const root = await writeTree({ 'notes.txt': 'nothing' });
    await expect(openDataset(one.open({ root }))).rejects.toThrow(/it holds no .+\. Give /);
  });

  it('draws validation images of each class from those to train on, by the seed', async () => {
    if (name === 'imagenet') return;
    const root = await writeTree(one.tree);
    const first = await openDataset(one.open({ root, validation: 0.5 }), 1);
    const again = await openDataset(one.open({ root, validation: 0.5 }), 1);
    expect(splitsOf(first)).toEqual(splitsOf(again));
    expect(first.validation.length).toBeGreaterThan(0);
    expect(first.train.length + first.validation.length).toBe(one.train.length);
    expect(first.origins?.validation).toBe('taken from train');
    expect(splitsOf(first).test).toEqual(one.test);
  });
});

describe('what the lists and the pictures do not agree on', () => {
  const { open, tree, train } = miniature('cub');
  const without = (...paths: readonly string[]): Promise<string> =>
    writeTree(Object.fromEntries(Object.entries(tree).filter(([name]) => !paths.includes(name))));
  const gone = (at: number): string => `CUB_200_2011/images/${train[at]?.[0] ?? ''}`;

  it('is an error that names the pictures that are listed and not there', async () => {
    const root = await without(gone(0), gone(2));
    await expect(openDataset(open({ root }))).rejects.toThrow(
      /^2 images cannot be read: 001\..+_0\.jpg, 002\..+_1\.jpg: listed in images.txt and not there\./,
    );
  });

  it('is left out and counted by class where bad images are skipped', async () => {
    const root = await without(gone(0), gone(2));
    const dataset = await openDataset(open({ root, onBadImage: 'skip' }));
    expect(dataset.train.length).toBe(train.length - 2);
    expect(leftOut(dataset)).toEqual({
      'listed and not there Black footed Albatross': 1,
      'listed and not there Laysan Albatross': 1,
    });
  });

  it('is refused where a class would have no training image left', async () => {
    const root = await without(gone(0), gone(1));
    await expect(openDataset(open({ root, onBadImage: 'skip' }))).rejects.toThrow(
      /class .+Albatross has no training image left/,
    );
  });

  it('is told in one sentence where no picture is there at all', async () => {
    const root = await writeTree(
      Object.fromEntries(Object.entries(tree).filter(([name]) => !name.endsWith('jpg'))),
    );
    await expect(openDataset(open({ root }))).rejects.toThrow(
      /none of the 12 pictures of images.txt is there/,
    );
  });

  it('is refused where a picture is there twice', async () => {
    const copy = gone(0).replace('CUB_200_2011', 'copy');
    const root = await writeTree({ ...tree, [copy]: tree[gone(0)] ?? '' });
    await expect(openDataset(open({ root }))).rejects.toThrow(/it holds a picture twice: .+ and .+copy/);
  });

  it('treats a picture that cannot be read as one that is not there', async () => {
    const root = await writeTree({ ...tree, [gone(0)]: 'no picture', [gone(2)]: '' });
    await expect(openDataset(open({ root, check: true }))).rejects.toThrow(
      /2 images cannot be read: .+_0\.jpg: not a JPEG.+_1\.jpg: an empty file/,
    );
    const dataset = await openDataset(open({ root, onBadImage: 'skip' }));
    expect(leftOut(dataset)).toEqual({ 'images that cannot be read': 2 });
    expect(dataset.train.length).toBe(train.length - 2);
  });
});

describe('an archive beside what it was unpacked to', () => {
  it('is not opened, and told', async () => {
    const one = miniature('flowers');
    const root = await writeTree({ ...one.tree, '102flowers.tgz': 'not even an archive' });
    const dataset = await openDataset(one.open({ root }));
    expect(leftOut(dataset)).toEqual({ 'archives that lie unpacked beside them': 1 });
    expect(dataset.train.length).toBe(one.train.length);
  });

  it('is not opened where its uncompressed tar lies beside it either', async () => {
    const one = miniature('cub');
    const tar = await readFile(await packTar(await writeTree(one.tree)));
    const root = await writeTree({ 'CUB_200_2011.tar': tar, 'CUB_200_2011.tgz': 'cut off' });
    const dataset = await openDataset(one.open({ root }));
    expect(leftOut(dataset)).toEqual({ 'archives whose uncompressed tar lies beside them': 1 });
    expect(splitsOf(dataset).train).toEqual(one.train);
  });

  it('is an error where it is all there is, and damaged', async () => {
    const one = miniature('flowers');
    const lists = Object.entries(one.tree).filter(([name]) => name.endsWith('.mat'));
    const root = await writeTree({ ...Object.fromEntries(lists), '102flowers.tgz': 'not even an archive' });
    await expect(openDataset(one.open({ root }))).rejects.toThrow(
      /Cannot read …?.*102flowers\.tgz: it is no tar/,
    );
  });
});
