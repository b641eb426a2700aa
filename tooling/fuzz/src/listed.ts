import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { DatasetFactory } from '@understory/core';
import { aircraft, cars, cub, imagenet, readMat } from '@understory/datasets';
import { create } from 'tar';
import { openAndRead, put, SMALL, type Reader } from './reader.ts';
import { repositoryFile, smallPicture } from './samples.ts';

const TESTDATA = 'packages/datasets/testdata/listed/';
const listFile = (name: string): Promise<Uint8Array> => repositoryFile(TESTDATA + name);

/** A dataset whose other files are sound. */
interface Whole {
  readonly factory: (root: string) => DatasetFactory;
  readonly lists: readonly string[];
  /** The paths of its pictures. */
  readonly pictures: (text: (list: string) => Promise<string>) => Promise<readonly string[]>;
}

const SAME = { size: SMALL, validation: 0 };

const words = (text: string): string[][] =>
  text.split('\n').flatMap((line) => (line === '' ? [] : [line.split(' ')]));

const CUB: Whole = {
  factory: (root) => cub({ root, ...SAME, crop: 'box' }),
  lists: [
    'images.txt',
    'image_class_labels.txt',
    'train_test_split.txt',
    'classes.txt',
    'bounding_boxes.txt',
  ].map((name) => `cub/${name}`),
  pictures: async (text) => words(await text('cub/images.txt')).map(([, name]) => `cub/images/${name ?? ''}`),
};

const AIRCRAFT: Whole = {
  factory: (root) => aircraft({ root, ...SAME, strip: 0, crop: 'box' }),
  lists: ['images_variant_trainval.txt', 'images_variant_test.txt', 'variants.txt', 'images_box.txt'].map(
    (name) => `aircraft/data/${name}`,
  ),
  pictures: async (text) =>
    words(await text('aircraft/data/images_box.txt')).map(([id]) => `aircraft/data/images/${id ?? ''}.jpg`),
};

const CARS: Whole = {
  factory: (root) => cars({ root, ...SAME, crop: 'box' }),
  lists: ['cars/single/cars_annos.mat'],
  pictures: () =>
    Promise.resolve([1, 2, 3, 4, 5, 6, 7, 8].map((n) => `cars/car_ims/${String(n).padStart(6, '0')}.jpg`)),
};

const KIT = 'ILSVRC2012_validation_ground_truth.txt';
const IMAGENET: Whole = {
  factory: (root) => imagenet({ root, ...SAME }),
  lists: [`imagenet/data/${KIT}`, 'imagenet/data/meta.mat'],
  pictures: () =>
    Promise.resolve([
      ...['n01440764', 'n01443537', 'n02012849', 'n03126707'].map((one) => `train/${one}/${one}_1.JPEG`),
      ...[1, 2, 3, 4, 5, 6].map((n) => `val/ILSVRC2012_val_0000000${n}.JPEG`),
    ]),
};

const numbered = (list: number, bytes: Uint8Array): Uint8Array => Uint8Array.of(list, ...bytes);

/** A reader of a dataset's lists: the first byte of an input says in the place of which one the rest stands. */
const listsReader = (name: string, { factory, lists, pictures }: Whole): Reader => ({
  name,
  async samples(folder) {
    for (const list of lists) await put(path.join(folder, list), await listFile(list));
    const text = async (list: string): Promise<string> => readFile(path.join(folder, list), 'utf8');
    for (const picture of await pictures(text)) await put(path.join(folder, picture), await smallPicture());
    return Promise.all(lists.map(async (list, i) => numbered(i, await listFile(list))));
  },
  async read(bytes, folder) {
    const list = lists[(bytes[0] ?? 0) % lists.length] ?? '';
    await put(path.join(folder, list), bytes.subarray(1));
    try {
      await openAndRead(factory(folder));
    } finally {
      await put(path.join(folder, list), await listFile(list));
    }
  },
});

const MATS = [
  ...['mat/kinds.mat', 'mat/compressed.mat', 'mat/big.mat', 'flowers/setid.mat', 'dogs/train_list.mat'],
  ...['cars/devkit/cars_meta.mat', 'imagenet/data/meta.mat'],
];

/** A tar of class tars, as ImageNet's training images are published. */
const nestedTar = async (folder: string): Promise<Uint8Array> => {
  const names = ['n01440764', 'n01443537'];
  for (const name of names) {
    const inner = path.join(folder, 'inner', name);
    await put(path.join(inner, `${name}_1.JPEG`), await smallPicture());
    await create({ file: path.join(folder, 'inner', `${name}.tar`), cwd: inner }, [`${name}_1.JPEG`]);
  }
  const file = path.join(folder, 'outer.tar');
  await create(
    { file, cwd: path.join(folder, 'inner') },
    names.map((name) => `${name}.tar`),
  );
  return new Uint8Array(await readFile(file));
};

/** Readers of official lists, of MATLAB's files, and of archives within archives. */
export const LISTED_READERS: readonly Reader[] = [
  {
    name: 'mat',
    samples: () => Promise.all(MATS.map(listFile)),
    read: (bytes) => readMat(bytes),
  },
  listsReader('cub', CUB),
  listsReader('aircraft', AIRCRAFT),
  listsReader('cars', CARS),
  listsReader('imagenet', IMAGENET),
  {
    name: 'nested-tar',
    samples: async (folder) => [await nestedTar(path.join(folder, 'made'))],
    async read(bytes, folder) {
      const root = path.join(folder, 'input.tar');
      await put(root, bytes);
      await openAndRead(imagenet({ root, ...SAME }));
    },
  },
];
