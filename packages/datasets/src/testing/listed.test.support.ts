import path from 'node:path';
import type { DatasetFactory } from '@understory/core';
import { create } from 'tar';
import { aircraft } from '../listed/aircraft/aircraft.ts';
import { cars } from '../listed/cars/cars.ts';
import { cub } from '../listed/cub/cub.ts';
import { dogs } from '../listed/dogs/dogs.ts';
import { flowers } from '../listed/flowers/flowers.ts';
import { imagenet } from '../listed/imagenet/imagenet.ts';
import { golden, listFile, listFiles, pictures, type Pairs, type Tree } from './listedGolden.test.support.ts';
import { temporaryFolder, writeTree } from './temporary.test.support.ts';

export { writeTree };

const { cub: birds, cars: carLists, flowers: flowerLists, dogs: dogLists, aircraft: planes } = golden;
const plane = planes.variant;

const annotation = (path: string): [string, string] => [
  `Annotation/${path.replace('.jpg', '')}`,
  `<annotation><object><name>dog</name><bndbox><xmin>2</xmin><ymin>3</ymin><xmax>5</xmax><ymax>8</ymax></bndbox></object>
   <object><name>dog</name><bndbox><xmin>4</xmin><ymin>1</ymin><xmax>7</xmax><ymax>6</ymax></bndbox></object></annotation>`,
];

/** A dataset in miniature, as it lies unpacked, and which folders its authors pack into which archives. */
export interface Miniature {
  readonly open: (options: { readonly root: string; readonly [option: string]: unknown }) => DatasetFactory;
  readonly tree: Tree;
  readonly archives: Readonly<Record<string, readonly string[]>>;
  readonly classes: readonly string[];
  readonly train: Pairs;
  readonly validation?: Pairs;
  readonly test: Pairs;
}

const small = { size: [8, 8] as [number, number], validation: 0 };

export const MINIATURES: Readonly<Record<string, Miniature>> = {
  cub: {
    open: (options) => cub({ ...small, ...options }),
    tree: {
      ...(await listFiles('cub', 'CUB_200_2011/')),
      ...(await pictures('CUB_200_2011/images/', birds.train, birds.test)),
    },
    archives: { 'CUB_200_2011.tgz': ['CUB_200_2011'] },
    ...birds,
  },
  cars: {
    open: (options) => cars({ ...small, ...options }),
    tree: {
      'cars_test_annos_withlabels.mat': await listFile('cars/cars_test_annos_withlabels.mat'),
      ...(await listFiles('cars/devkit', 'devkit/')),
      ...(await pictures('', carLists.train, carLists.test)),
    },
    archives: {
      'cars_train.tgz': ['cars_train'],
      'cars_test.tgz': ['cars_test'],
      'car_devkit.tgz': ['devkit'],
    },
    ...carLists,
  },
  'cars in one folder': {
    open: (options) => cars({ ...small, ...options }),
    tree: {
      ...(await listFiles('cars/single', '')),
      ...(await pictures('', carLists.single.train, carLists.single.test)),
    },
    archives: { 'car_ims.tgz': ['car_ims'] },
    classes: carLists.classes,
    ...carLists.single,
  },
  flowers: {
    open: (options) => flowers({ ...small, ...options }),
    tree: {
      ...(await listFiles('flowers', '')),
      ...(await pictures('jpg/', flowerLists.train, flowerLists.val, flowerLists.test)),
    },
    archives: { '102flowers.tgz': ['jpg'] },
    classes: flowerLists.classes,
    train: [...flowerLists.train, ...flowerLists.val],
    test: flowerLists.test,
  },
  dogs: {
    open: (options) => dogs({ ...small, ...options }),
    tree: {
      ...(await listFiles('dogs', '')),
      ...(await pictures('Images/', dogLists.train, dogLists.test)),
      ...Object.fromEntries([...dogLists.train, ...dogLists.test].map(([name]) => annotation(name))),
    },
    archives: {
      'images.tar': ['Images'],
      'annotation.tar': ['Annotation'],
      'lists.tar': ['train_list.mat', 'test_list.mat'],
    },
    ...dogLists,
  },
  aircraft: {
    open: (options) => aircraft({ ...small, ...options }),
    tree: {
      ...(await listFiles('aircraft', 'fgvc-aircraft-2013b/')),
      ...(await pictures('fgvc-aircraft-2013b/data/images/', plane.trainval, plane.test)),
    },
    archives: { 'fgvc-aircraft-2013b.tar.gz': ['fgvc-aircraft-2013b'] },
    classes: plane.classes,
    train: plane.trainval,
    test: plane.test,
  },
  imagenet: {
    open: (options) => imagenet({ ...small, ...options }),
    tree: {
      ...(await listFiles('imagenet', 'ILSVRC2012_devkit_t12/')),
      ...(await pictures('train/', golden.imagenet.train)),
      ...(await pictures(
        'val/',
        golden.imagenet.val.map(([name, label]) => [path.basename(name), label] as const),
      )),
    },
    archives: { 'ILSVRC2012_devkit_t12.tar.gz': ['ILSVRC2012_devkit_t12'] },
    // As torchvision has them, but for two of one name.
    classes: golden.imagenet.words.map((words, i) =>
      words === 'crane' ? `crane (${golden.imagenet.synsets[i] ?? ''})` : words,
    ),
    train: golden.imagenet.train,
    validation: golden.imagenet.val,
    test: [],
  },
};

/** The tree with its folders packed as they are published, beside each other. */
export const packedAsPublished = async ({ tree, archives }: Miniature): Promise<string> => {
  const from = await writeTree(tree);
  const packed = Object.values(archives).flat();
  const rest = Object.entries(tree).filter(
    ([name]) => !packed.some((one) => name === one || name.startsWith(`${one}/`)),
  );
  const root = await writeTree(Object.fromEntries(rest));
  for (const [file, folders] of Object.entries(archives))
    await create({ file: path.join(root, file), cwd: from, gzip: file.endsWith('gz'), portable: true }, [
      ...folders,
    ]);
  return root;
};

/** ImageNet as it is published: a tar of class tars, a flat tar, and the devkit. */
export const publishedImagenet = async (): Promise<string> => {
  const { tree } = miniature('imagenet');
  const [from, inner, root] = [await writeTree(tree), await temporaryFolder(), await temporaryFolder()];
  for (const synset of golden.imagenet.synsets)
    await create({ file: path.join(inner, `${synset}.tar`), cwd: path.join(from, 'train', synset) }, ['.']);
  await create(
    { file: path.join(root, 'ILSVRC2012_img_train.tar'), cwd: inner },
    golden.imagenet.synsets.map((synset) => `${synset}.tar`),
  );
  await create({ file: path.join(root, 'ILSVRC2012_img_val.tar'), cwd: path.join(from, 'val') }, ['.']);
  await create({ file: path.join(root, 'ILSVRC2012_devkit_t12.tar.gz'), cwd: from, gzip: true }, [
    'ILSVRC2012_devkit_t12',
  ]);
  return root;
};

export const miniature = (name: string): Miniature => {
  const found = MINIATURES[name];
  if (!found) throw new Error(`No miniature ${name}.`);
  return found;
};
