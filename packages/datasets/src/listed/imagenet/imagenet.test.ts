import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { leftOut, openDataset } from '../../testing/boxes.test.support.ts';
import { miniature, publishedImagenet } from '../../testing/listed.test.support.ts';
import { golden, greysOf, splitsOf, type Tree } from '../../testing/listedGolden.test.support.ts';
import { packTar, writeTree } from '../../testing/temporary.test.support.ts';

const { open, tree, train, validation = [], classes } = miniature('imagenet');
const expected = { train, validation, test: [] };

/** Files whose path has this beginning, without it. */
const below = (prefix: string, as = ''): Tree =>
  Object.fromEntries(
    Object.entries(tree).flatMap(([name, data]) =>
      name.startsWith(prefix) ? [[as + name.slice(prefix.length), data]] : [],
    ),
  );
const { synsets } = golden.imagenet;
const truth = 'ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt';

describe('imagenet', () => {
  it('is read in place from a tar of class tars, a flat tar and the devkit, as they are published', async () => {
    const root = await publishedImagenet();
    const dataset = await openDataset(open({ root }));
    expect(splitsOf(dataset)).toEqual(expected);
    expect(dataset.classes).toEqual(classes);
    expect(dataset.leftOut).toEqual([]);
    for (const split of [dataset.train, dataset.validation]) {
      const { read, made } = await greysOf(split);
      read.forEach((grey, i) => expect(Math.abs(grey - (made[i] ?? -9))).toBeLessThanOrEqual(1));
    }
  });

  it('is the same with each file named apart', async () => {
    const published = await publishedImagenet();
    const named = {
      root: path.join(published, 'ILSVRC2012_img_train.tar'),
      validationImages: path.join(published, 'ILSVRC2012_img_val.tar'),
      devkit: path.join(published, 'ILSVRC2012_devkit_t12.tar.gz'),
    };
    expect(splitsOf(await openDataset(open(named)))).toEqual(expected);
  });

  it('is the same from class folders without a split folder, validation images in class folders apart', async () => {
    const sorted = Object.fromEntries(
      golden.imagenet.val.map(([name]) => [name, tree[`val/${path.basename(name)}`] ?? '']),
    );
    const [root, validationImages] = [await writeTree(below('train/')), await writeTree(sorted)];
    const dataset = await openDataset(open({ root, validationImages }));
    expect(splitsOf(dataset)).toEqual(expected);
    expect(dataset.classes).toEqual(synsets); // without a devkit there are no words
  });

  it('takes class tars of a folder, and leaves those closed that were unpacked', async () => {
    const sorted = golden.imagenet.val.map(([name]): [string, Buffer | string] => [
      `val/${name}`,
      tree[`val/${path.basename(name)}`] ?? '',
    ]);
    const root = await writeTree({
      ...below('train/', 'train/'),
      ...below('ILSVRC2012_devkit_t12/', 'kit/'),
      ...Object.fromEntries(sorted),
    });
    const [first = '', second = ''] = synsets;
    for (const synset of [first, second]) {
      const folder = path.join(root, 'train', synset);
      await rename(await packTar(folder), path.join(root, 'train', `${synset}.tar`));
      if (synset === first) await rm(folder, { recursive: true });
    }
    const dataset = await openDataset(open({ root }));
    expect(splitsOf(dataset)).toEqual(expected);
    expect(leftOut(dataset)).toEqual({ 'archives that lie unpacked beside them': 1 });
  });

  it('opens as Kaggle packs it, with its own names and solution', async () => {
    const solution = golden.imagenet.val.map(([name, label]) => {
      const id = path.basename(name, '.JPEG');
      return `${id},${synsets[label] ?? ''} 85 1 499 272 ${synsets[label] ?? ''} 1 2 3 4`;
    });
    const root = await writeTree({
      ...below('train/', 'ILSVRC/Data/CLS-LOC/train/'),
      ...below('val/', 'ILSVRC/Data/CLS-LOC/val/'),
      'ILSVRC/Data/CLS-LOC/test/ILSVRC2012_test_00000001.JPEG': Object.values(below('val/'))[0] ?? '',
      'LOC_val_solution.csv': ['ImageId,PredictionString', ...solution].join('\r\n'),
      'LOC_synset_mapping.txt': synsets
        .map((one, i) => `${one} ${golden.imagenet.words[i] ?? ''}`)
        .join('\n'),
    });
    const dataset = await openDataset(open({ root }));
    expect(splitsOf(dataset)).toEqual(expected);
    expect(dataset.classes).toEqual(classes);
    expect(leftOut(dataset)).toEqual({ 'pictures that are in no list': 1 });
  });

  it('draws validation images from train where the official ones are not there', async () => {
    const dataset = await openDataset(open({ root: await writeTree(below('train/')), validation: 0.4 }));
    expect(dataset.validation.length).toBe(synsets.length);
    expect(dataset.origins).toEqual({
      validation: 'taken from train',
      test: 'none: the labels of the official test images are not published',
    });
  });

  it('tells what is wrong with flat validation images and their ground truth', async () => {
    const refused = async (files: Tree, reason: RegExp): Promise<void> => {
      await expect(openDataset(open({ root: await writeTree(files) }))).rejects.toThrow(reason);
    };
    const flat = { ...below('train/', 'train/'), ...below('val/', 'val/') };
    await refused(
      flat,
      /without ILSVRC2012_validation_ground_truth.txt of the devkit\. Name .+ option devkit/,
    );
    await refused(
      { ...tree, [truth]: '3\n1\nx\n' },
      /ground_truth\.txt.+line 3, "x", is no number of a class/,
    );
    await refused({ ...tree, [truth]: '3\n1\n5\n' }, /line 3, "5", is no number of a class in meta.mat/);
    await refused(
      { ...tree, [truth]: '3\n1\n' },
      /which has 2 images, has none for .+ILSVRC2012_val_00000003.JPEG/,
    );
    const lost = Object.entries(tree).filter(([name]) => !name.endsWith('val_00000004.JPEG'));
    await refused(Object.fromEntries(lost), /1 image cannot be read: .+ILSVRC2012_val_00000004.JPEG: listed/);
    const some = Object.entries(tree).filter(([name]) => !name.includes(synsets[1] ?? 'none'));
    await refused(Object.fromEntries(some), /there are no training images of class n01443537/);
    await refused(
      { ...tree, ...below('train/', 'train/more/') },
      /it holds n01440764\/n01440764_10026\.JPEG twice/,
    );
    await refused(below('val/', 'val/'), /no training image|without ILSVRC2012_validation/);
  });
});
