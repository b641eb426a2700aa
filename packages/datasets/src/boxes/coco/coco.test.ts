import { BOX_KINDS, type Dataset } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { boxesAt, frameAt, jpeg, leftOut, namesOf, openDataset } from '../../testing/boxes.test.support.ts';
import { packTar, temporaryFolder, writeTree } from '../../testing/temporary.test.support.ts';
import { zip } from '../../testing/zip.test.support.ts';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { coco } from './coco.ts';
import type { CocoOptions } from './options.ts';
import { readCoco } from './readCoco.ts';

const picture = await jpeg(40, 60);
const image = (id: number | string, file: string): object => ({ id, file_name: file, width: 60, height: 40 });
const box = (image_id: unknown, category_id: unknown, bbox: unknown, more: object = {}): object => ({
  ...{
    id: 1,
    image_id,
    category_id,
    bbox,
    iscrowd: 0,
    segmentation: [[1, 2, [3]], { counts: [1, 2], size: [3, 4] }],
  },
  ...more,
});
const categories = [
  { id: 18, name: 'dog', supercategory: 'animal' },
  { id: 3, name: 'car' },
  { id: 90, name: 'toothbrush' },
];
const json = (file: object): string =>
  JSON.stringify({ info: { year: 2017, images: [] }, categories, ...file });

/** A document in pieces of some bytes. */
async function* pieces(text: string | Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length; from += size)
    yield await Promise.resolve(bytes.subarray(from, from + size));
}
const open = (options: CocoOptions): Promise<Dataset> =>
  openDataset(coco({ size: [40, 60], validation: 0, testShare: 0, ...options }));
const openTree = async (
  files: Readonly<Record<string, Buffer | string>>,
  options: Partial<CocoOptions> = {},
): Promise<Dataset> => open({ root: await writeTree(files), ...options });

describe('readCoco', () => {
  const text = json({
    images: [image(5, 'ä.jpg'), image('x', 'b.jpg')],
    annotations: [
      box(5, 18, [1, 2.5, 30, 20], { area: 321.5 }),
      box('x', 3, [0, 0, 9, 9], { iscrowd: 1, area: 0 }),
      box(5, 3, []),
      box(5, 3, ['1', null, 2, 3]),
    ],
  });

  it.each([1, 2, 3, 64, 100_000])(
    'reads the same in pieces of %i bytes, whatever comes first',
    async (size) => {
      const { images, boxes, categories: named } = await readCoco(pieces(text, size));
      expect([...images]).toEqual([
        [5, { file: 'ä.jpg', size: [40, 60] }],
        ['x', { file: 'b.jpg', size: [40, 60] }],
      ]);
      expect(named.get(90)).toBe('toothbrush');
      expect(boxes).toEqual([
        { image: 5, category: 18, bbox: [1, 2.5, 30, 20], area: 321.5, isCrowd: false },
        { image: 'x', category: 3, bbox: [0, 0, 9, 9], area: undefined, isCrowd: true },
        { image: 5, category: 3, bbox: undefined, area: undefined, isCrowd: false },
        { image: 5, category: 3, bbox: [NaN, NaN, 2, 3], area: undefined, isCrowd: false },
      ]);
    },
  );

  it.each([
    ['cut off', text.slice(0, -30), /no sound JSON near/],
    [
      'with a NaN, as Python writes it',
      json({ images: [image(1, 'a.jpg')] }).replace('"a.jpg"', 'NaN'),
      /no sound JSON near images\[0\]/,
    ],
    ['a list', '[1, 2]', /it is a list; COCO has an object/],
    ['a number', '3', /it is no object/],
    ['without images', '{"categories": []}', /it lists no images/],
    ['with an object for a list', json({ images: {} }), /images is no list/],
    ['with a number for a list', json({ images: 3 }), /images is no list/],
    ['with a number for a record', json({ images: [image(1, 'a.jpg'), 3] }), /no record at images\[1\]/],
    ['with a list for a record', json({ images: [[]] }), /a list in place of a record at images\[0\]/],
    [
      'without an id',
      json({ images: [{ file_name: 'a' }] }),
      /images\[0\]: id is missing; expected a whole number/,
    ],
    ['with half an id', json({ images: [image(1.5, 'a')] }), /images\[0\]: id is 1.5/],
    ['without a file name', json({ images: [{ id: 1 }] }), /images\[0\]: file_name is missing/],
    [
      'with an id twice',
      json({ images: [image(1, 'a'), image(1, 'b')] }),
      /images\[1\]: id 1 is another one's too/,
    ],
    [
      'without an image id',
      json({ images: [], annotations: [box(null, 3, [1, 1, 2, 2])] }),
      /annotations\[0\]: image_id is null/,
    ],
    ['deep', `{"info": ${'['.repeat(80)}`, /over 64 deep/],
    ['not in UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0xff]), /not text in utf-8/],
    ['empty', '', /no sound JSON/],
  ])('refuses a document %s', async (_, document, message) => {
    await expect(readCoco(pieces(document))).rejects.toThrow(message);
  });
});

describe('coco', () => {
  const train = json({
    images: [image(7, '000007.jpg'), image(2, '000002.jpg'), image(4, 'gone.jpg')],
    annotations: [
      box(7, 18, [10, 5, 20, 20], { area: 200 }),
      box(7, 90, [0, 0, 60, 40], { iscrowd: 1 }),
      box(99, 18, [0, 0, 9, 9]),
      box(7, 1, [0, 0, 9, 9]),
      box(7, 18, []),
    ],
  });
  const val = json({ images: [image(1, '000002.jpg')], annotations: [box(1, 3, [1, 1, 5, 5])] });
  const files = {
    'annotations/instances_train2017.json': train,
    'annotations/instances_val2017.json': val,
    'annotations/captions_train2017.json': '{"images": 3}',
    'train2017/000007.jpg': picture,
    'train2017/000002.jpg': picture,
    'train2017/unlisted.jpg': picture,
    'val2017/000002.jpg': picture,
  };

  it('reads the folders of COCO 2017, in a folder, a tar and a zip', async () => {
    const folder = await writeTree(files);
    const zipped = path.join(await temporaryFolder(), 'coco.zip');
    await writeFile(zipped, zip(Object.entries(files).map(([name, data]) => ({ path: name, data }))));
    for (const root of [folder, await packTar(folder), zipped]) {
      const dataset = await open({ root });
      expect(dataset.classes).toEqual(['car', 'dog', 'toothbrush']);
      expect(dataset.ids).toEqual({ car: 3, dog: 18, toothbrush: 90 });
      expect(namesOf(dataset.train)).toEqual(['train2017/000007.jpg', 'train2017/000002.jpg']);
      expect(namesOf(dataset.validation)).toEqual(['val2017/000002.jpg']);
      expect(await boxesAt(dataset.train, 0)).toEqual([
        [5, 10, 25, 30, 1, BOX_KINDS.ordinary, 200],
        [0, 0, 40, 60, 2, BOX_KINDS.crowd, 2400],
      ]);
      expect(await boxesAt(dataset.train, 1)).toEqual([]);
      expect(await boxesAt(dataset.validation, 0)).toEqual([[1, 1, 6, 6, 0, 0, 25]]);
      expect(leftOut(dataset)).toEqual({
        'boxes of an image that is not listed': 1,
        'boxes of a category that is not listed': 1,
        'annotations without a box': 1,
        'listed images that are not there': 1,
        'images in no annotation file': 1,
      });
    }
  });

  it('reads folders of another layout, named or by the folder of the file', async () => {
    const named = await openTree(
      {
        'notes/a.json': train,
        'pictures/000007.jpg': picture,
        'pictures/000002.jpg': picture,
        'old/000002.jpg': picture,
      },
      { splits: { train: { annotations: 'notes/a.json', images: 'pictures' } } },
    );
    expect(namesOf(named.train)).toEqual(['pictures/000007.jpg', 'pictures/000002.jpg']);
    const beside = await openTree({
      'train/_annotations.coco.json': train,
      'train/000007.jpg': picture,
      'train/000002.jpg': picture,
      'valid/_annotations.coco.json': val,
      'valid/000002.jpg': picture,
    });
    expect([beside.train.length, namesOf(beside.validation)]).toEqual([2, ['valid/000002.jpg']]);
  });

  it('measures pictures whose size the file does not say', async () => {
    const text = json({
      images: [{ id: 1, file_name: 'C:\\data\\a.jpg' }],
      annotations: [box(1, 3, [1, 1, 5, 5])],
    });
    const dataset = await openTree({ 'a.json': text, 'a.jpg': picture });
    expect(await frameAt(dataset.train, 0)).toEqual([0, 0, 40, 60, 40, 60]);
  });

  it.each([
    ['no file of boxes', { 'a.jpg': picture }, {}, /no JSON file of boxes/],
    [
      'two files of one split',
      { 'train_a.json': train, 'train_b.json': train },
      {},
      /which file is of which split is not clear/,
    ],
    ['test images alone', { 'test.json': train }, {}, /none of them is to train on/],
    [
      'none of its images',
      { 'train.json': train },
      {},
      /none of the images that its annotations list is there/,
    ],
    [
      'a name that may mean two',
      { 'train.json': train, 'a/000007.jpg': picture, 'b/000007.jpg': picture },
      {},
      /000007.jpg may be a\/000007.jpg or b\/000007.jpg/,
    ],
    [
      'no such file',
      { 'train.json': train },
      { splits: { train: { annotations: 'x.json' } } },
      /no file "x.json", which splits.train.annotations names. It has train.json/,
    ],
    [
      'no such folder',
      { 'train.json': train },
      { splits: { train: { annotations: 'train.json', images: 'x' } } },
      /no folder "x", which splits.train.images names/,
    ],
    [
      'one image in two splits',
      { 'train.json': train, 'val.json': train, '000007.jpg': picture },
      {},
      /000007.jpg is listed twice \(train, validation\)/,
    ],
    [
      'a damaged file',
      { 'train.json': '{"images": [', '000007.jpg': picture },
      {},
      /Cannot read train.json in .*no sound JSON near images/,
    ],
    [
      'two categories of one name',
      {
        'train.json': json({
          images: [image(1, 'a.jpg')],
          categories: [
            { id: 1, name: 'a' },
            { id: 2, name: 'a' },
          ],
        }),
      },
      {},
      /two of its categories are named "a"/,
    ],
  ])('refuses a source with %s', async (_, tree, options, message) => {
    await expect(openTree(tree, options)).rejects.toThrow(message);
  });

  it('tells how far it is', async () => {
    const root = await writeTree(files);
    const told: string[] = [];
    await openDataset(coco({ root, size: 32 }), 1, (_, __, what) => told.push(what));
    expect(told).toContain('reading annotations, in MB');
  });
});
