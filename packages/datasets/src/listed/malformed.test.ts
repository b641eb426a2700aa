import { existsSync, linkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../testing/boxes.test.support.ts';
import { miniature } from '../testing/listed.test.support.ts';
import { golden, listFile } from '../testing/listedGolden.test.support.ts';
import { plain } from '../testing/pictures.test.support.ts';
import { writeTree } from '../testing/temporary.test.support.ts';

/** A list, what it is made of its true text, and what the error says. */
type Case = readonly [list: string, change: (text: string) => string, says: RegExp, options?: object];

const line =
  (number: number, text: string) =>
  (before: string): string =>
    before
      .split('\n')
      .map((one, i) => (i === number - 1 ? text : one))
      .join('\n');
const gone =
  (number: number) =>
  (before: string): string =>
    before
      .split('\n')
      .filter((_, i) => i !== number - 1)
      .join('\n');

const BIRDS = 'CUB_200_2011/';
const PLANES = 'fgvc-aircraft-2013b/data/';
const CASES: Readonly<Record<string, readonly Case[]>> = {
  cub: [
    [`${BIRDS}images.txt`, line(3, 'alone'), /images\.txt.+line 3, "alone", has one word/],
    [`${BIRDS}images.txt`, line(3, '2 001.x/y.jpg'), /images\.txt.+line 3, .+ names 2 a second time/],
    [`${BIRDS}images.txt`, () => '', /line 1, "1 1", names image 1, which images\.txt has not/],
    [`${BIRDS}images.txt`, () => '\u0000\u0001 \ufffd', /images\.txt|pictures/],
    [`${BIRDS}images.txt`, () => '1\n'.repeat(600_000), /images\.txt.+it has 600001 lines/],
    [
      `${BIRDS}image_class_labels.txt`,
      line(5, '5 4'),
      /image_class_labels\.txt.+line 5, "5 4", names a class outside of 1 … 3/,
    ],
    [`${BIRDS}image_class_labels.txt`, line(5, '5 two'), /line 5, "5 two", names a class outside/],
    [
      `${BIRDS}image_class_labels.txt`,
      gone(5),
      /image_class_labels\.txt.+no line for image 5, which images\.txt has/,
    ],
    [
      `${BIRDS}image_class_labels.txt`,
      (text) => `${text}13 1\n`,
      /line 13, "13 1", names image 13, which images\.txt has not/,
    ],
    [
      `${BIRDS}train_test_split.txt`,
      line(2, '2 yes'),
      /train_test_split\.txt.+line 2, "2 yes", says neither 1 \(train\) nor 0/,
    ],
    [`${BIRDS}train_test_split.txt`, gone(12), /train_test_split\.txt.+no line for image 12/],
    [
      `${BIRDS}classes.txt`,
      line(2, '7 002.Laysan'),
      /classes\.txt.+line 2, .+names a class outside of 1 … 3/,
    ],
    [
      `${BIRDS}bounding_boxes.txt`,
      line(4, '4 1 2 3'),
      /bounding_boxes\.txt.+line 4, .+has not the four numbers/,
      { crop: 'box' },
    ],
    [
      `${BIRDS}bounding_boxes.txt`,
      line(4, '4 1 2 3 nan'),
      /4 1 2 3 nan|1 image cannot be read/,
      { crop: 'box', check: true },
    ],
  ],
  aircraft: [
    [
      `${PLANES}images_variant_trainval.txt`,
      line(2, '0056978 Concorde'),
      /images_variant_trainval\.txt.+line 2, "0056978 Concorde", names a class that variants\.txt has not/,
    ],
    [
      `${PLANES}images_variant_test.txt`,
      line(1, '0062781'),
      /images_variant_test\.txt.+line 1, "0062781", has one word/,
    ],
    [
      `${PLANES}variants.txt`,
      line(2, '707-320'),
      /variants\.txt.+line 2, "707-320", names a class a second time/,
    ],
    [
      `${PLANES}images_box.txt`,
      line(2, '0034309 1 2 3'),
      /images_box\.txt.+line 2, .+has not the four numbers/,
      { crop: 'box' },
    ],
    [`${PLANES}images_box.txt`, gone(2), /0034309\.jpg: images_box\.txt has no box of it/, { crop: 'box' }],
    [
      `${PLANES}images_variant_test.txt`,
      (text) => `${text}0034309 DR-400\n`,
      /0034309\.jpg twice, for train and for test/,
    ],
  ],
  dogs: [
    [
      'Annotation/n02085620-Chihuahua/n02085620_7',
      () => '<annotation><object>',
      /Annotation\/.+n02085620_7.+no sound XML/,
      { crop: 'box' },
    ],
    [
      'Annotation/n02085620-Chihuahua/n02085620_7',
      () => '<annotation/>',
      /n02085620_7\.jpg: its file in Annotation has no box/,
      { crop: 'box' },
    ],
  ],
};

describe.each(Object.entries(CASES))('a damaged list of %s', (name, cases) => {
  it.each(cases.map((one, i) => [one[0], i] as const))(
    '%s is refused with its place (%i)',
    async (list, i) => {
      const [, change, says, options = {}] = cases[i] ?? [list, String, /./];
      const { open, tree } = miniature(name);
      const before = tree[list];
      expect(before).toBeDefined();
      const root = await writeTree({ ...tree, [list]: change(String(before)) });
      const error: unknown = await openDataset(open({ root, ...options })).catch((caught: unknown) => caught);
      expect(error).toMatchObject({
        name: 'UnderstoryError',
        message: expect.stringMatching(says) as string,
      });
      expect((error as Error).message.length).toBeLessThan(400);
    },
  );
});

/** A .mat file in place of another, and what the error says. */
const SWAPPED: readonly (readonly [name: string, list: string, other: string, says: RegExp])[] = [
  ['flowers', 'setid.mat', 'flowers/imagelabels.mat', /setid\.mat.+it has no variable trnid; it has labels/],
  ['flowers', 'imagelabels.mat', 'mat/version73.mat', /imagelabels\.mat.+version 7\.3 \(HDF5\).+'-v7'/],
  [
    'flowers',
    'imagelabels.mat',
    'mat/big.mat',
    /imagelabels\.mat.+labels\(3\) is 300, and there are the classes 1 to 102/,
  ],
  [
    'cars',
    'cars_test_annos_withlabels.mat',
    'cars/devkit/cars_test_annos.mat',
    /withlabels\.mat.+annotations\(1\) has no field class; it has bbox_x1/,
  ],
  ['cars', 'devkit/cars_train_annos.mat', 'mat/kinds.mat', /cars_train_annos\.mat.+no variable annotations/],
  ['cars', 'devkit/cars_meta.mat', 'mat/version4.mat', /cars_meta\.mat.+version 4/],
  ['dogs', 'train_list.mat', 'flowers/setid.mat', /train_list\.mat.+no variable file_list/],
  ['imagenet', 'ILSVRC2012_devkit_t12/data/meta.mat', 'dogs/test_list.mat', /meta\.mat.+no variable synsets/],
];

describe('another .mat file', () => {
  it.each(SWAPPED)('of %s, %s in place of %s, is refused with its name', async (name, list, other, says) => {
    const { open, tree } = miniature(name);
    const root = await writeTree({ ...tree, [list]: await listFile(other) });
    await expect(openDataset(open({ root }))).rejects.toThrow(says);
  });

  it('is not guessed at where cars lack their test classes, or lie in both layouts', async () => {
    const [halves, single] = [miniature('cars'), miniature('cars in one folder')];
    const without = Object.entries(halves.tree).filter(([name]) => !name.includes('withlabels'));
    const root = await writeTree(Object.fromEntries(without));
    await expect(openDataset(halves.open({ root }))).rejects.toThrow(
      /no cars_test_annos_withlabels\.mat\. The devkit's cars_test_annos\.mat has no classes/,
    );
    const both = await writeTree({ ...halves.tree, ...single.tree });
    await expect(openDataset(halves.open({ root: both }))).rejects.toThrow(/it holds both layouts/);
  });
});

/** The official files, which are not the project's to ship. */
const OFFICIAL = [
  process.env.UNDERSTORY_FLOWERS_MAT,
  path.resolve(import.meta.dirname, '../../../../../shared/data/flowers102-mat'),
]
  .flatMap((folder) => (folder === undefined ? [] : [path.resolve(folder)]))
  .find((folder) => existsSync(path.join(folder, 'setid.mat')));

describe.skipIf(OFFICIAL === undefined)('the official lists of Flowers', () => {
  it('divide 8,189 pictures into 1,020, 1,020 and 6,149 of 102 classes', async () => {
    const list = (name: string): Promise<Buffer> => readFile(path.join(OFFICIAL ?? '', name));
    const picture = await plain([9, 9, 9], 8, 8).jpeg().toBuffer();
    const root = await writeTree({
      'setid.mat': await list('setid.mat'),
      'imagelabels.mat': await list('imagelabels.mat'),
      'jpg/image_00001.jpg': picture,
    });
    const jpg = (id: number): string => path.join(root, `jpg/image_${String(id).padStart(5, '0')}.jpg`);
    for (let id = 2; id <= 8189; id++) linkSync(jpg(1), jpg(id));
    const { open } = miniature('flowers');
    const apart = await openDataset(open({ root, trainOn: 'train' }));
    expect([apart.train.length, apart.validation.length, apart.test.length]).toEqual([1020, 1020, 6149]);
    expect(new Set(apart.test.groups).size).toBe(102);
    expect(apart.classes).toEqual(golden.flowers.classes);
    expect([apart.leftOut, apart.origins]).toEqual([[], {}]);
    const joined = await openDataset(open({ root }));
    expect(joined.train.length).toBe(2040);
  });
});
