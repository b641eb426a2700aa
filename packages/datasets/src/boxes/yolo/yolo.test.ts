import type { Dataset } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { boxesAt, frameAt, jpeg, leftOut, namesOf, openDataset } from '../../testing/boxes.test.support.ts';
import { packTar, writeTree } from '../../testing/temporary.test.support.ts';
import { parseDataFile } from './dataFile.ts';
import type { YoloOptions } from './options.ts';
import { parseYolo } from './parseYolo.ts';
import { yolo } from './yolo.ts';

const picture = await jpeg(40, 60);
const bytes = (text: string): Uint8Array => Buffer.from(text);
const LABEL = '1 0.5 0.5 0.5 0.25\n0 0.25 0.5 0.5 1\n';
const CLASSES = ['cat', 'dog'];
const open = (options: YoloOptions): Promise<Dataset> =>
  openDataset(yolo({ size: [40, 60], validation: 0, testShare: 0, ...options }));
const openTree = async (
  files: Readonly<Record<string, Buffer | string>>,
  options: Partial<YoloOptions> = {},
): Promise<Dataset> => open({ root: await writeTree(files), ...options });

describe('a label file', () => {
  it('has boxes by their centres in shares of the picture, and outlines, which are boxed', () => {
    const text = '\ufeff1 0.5 0.5 0.5 0.25\r\n\r\n0\t0.1 0.2 0.9 0.3 0.5 0.8\n';
    expect(
      parseYolo(bytes(text), CLASSES, [40, 60]).map(({ corners, className }) => [className, ...corners]),
    ).toEqual([
      ['dog', 15, 15, 25, 45],
      ['cat', 8, 6, 32, 54],
    ]);
    expect(parseYolo(bytes(''), CLASSES, [40, 60])).toEqual([]);
  });

  it.each([
    ['a word', '0 0.5 half 0.5 0.5', /line 1: "half" is no number/],
    ['too few numbers', '\n0 0.5 0.5 0.5', /line 2: it has 4 numbers/],
    ['a score at its end', '0 0.5 0.5 0.5 0.5 0.9', /line 1: it has 6 numbers/],
    [
      'a class that is none',
      `${LABEL}2 0.5 0.5 0.5 0.5`,
      /line 3: class 2; the dataset names 2, from 0 to 1/,
    ],
    ['half a class', '0.5 0.5 0.5 0.5 0.5', /line 1: class 0.5/],
    ['a negative class', '-1 0.5 0.5 0.5 0.5', /line 1: class -1/],
  ])('with %s is refused', (_, text, message) => {
    expect(() => parseYolo(bytes(text), CLASSES, [40, 60])).toThrow(message);
  });
});

describe('data.yaml', () => {
  it('has names as a list or by number, and splits as texts or lists', () => {
    const data = parseDataFile(
      bytes('path: ../x\ntrain: [a, b]\nval: images/val\ntest:\nnc: 2\nnames: {1: dog, 0: cat}\n'),
    );
    expect(data).toEqual({
      names: CLASSES,
      path: '../x',
      train: ['a', 'b'],
      validation: ['images/val'],
      test: [],
    });
    expect(parseDataFile(bytes('names: [cat, dog]')).names).toEqual(CLASSES);
    expect(parseDataFile(bytes('names:\n- 1\n- no\n')).names).toEqual(['1', 'no']);
  });

  it.each([
    ['a gap in its names', 'names: {0: a, 2: b}', /names has 2 classes and none of number 1/],
    ['a name twice', 'names: [a, a]', /names has "a" twice/],
    [
      'a tag that would build something',
      'names: !!python/object/apply:os.system [ls]',
      /no sound YAML|Unresolved tag|names/,
    ],
    ['a bomb of aliases', 'a: &a [x, x]\nb: &b [*a, *a]\nnames: [*b, *b]', /names holds what is no text/],
    ['no keys', 'hello', /it holds no keys/],
    ['broken YAML', 'names: [a', /no sound YAML/],
  ])('with %s is refused', (_, text, message) => {
    expect(() => parseDataFile(bytes(text))).toThrow(message);
  });
});

describe('yolo', () => {
  const files = {
    'coco8/data.yaml': 'path: coco8\ntrain: images/train\nval: images/val\nnames:\n  0: cat\n  1: dog\n',
    'coco8/images/train/a.jpg': picture,
    'coco8/images/train/b.jpg': picture,
    'coco8/images/val/a.jpg': picture,
    'coco8/images/other/x.jpg': picture,
    'coco8/labels/train/a.txt': LABEL,
    'coco8/labels/val/a.txt': '',
    'coco8/labels/train/alone.txt': LABEL,
  };

  it('reads images and labels as data.yaml says, in a folder and a tar; no label file is no box', async () => {
    const folder = await writeTree(files);
    for (const root of [folder, await packTar(folder)]) {
      const dataset = await open({ root });
      expect(dataset.classes).toEqual(CLASSES);
      expect([dataset.train, dataset.validation].map(namesOf)).toEqual([
        ['coco8/images/train/a.jpg', 'coco8/images/train/b.jpg'],
        ['coco8/images/val/a.jpg'],
      ]);
      expect(await boxesAt(dataset.train, 0)).toEqual([
        [15, 15, 25, 45, 1, 0, 300],
        [0, 0, 40, 30, 0, 0, 1200],
      ]);
      expect(await boxesAt(dataset.train, 1)).toEqual([]);
      expect(await frameAt(dataset.train, 0)).toEqual([0, 0, 40, 60, 40, 60]);
      expect(leftOut(dataset)).toEqual({
        'images that data.yaml names for no split': 1,
        'label files without an image': 1,
      });
    }
  });

  it("takes Roboflow's paths, and lists of images", async () => {
    const roboflow = await openTree({
      'data.yaml': 'train: ../train/images\nval: ../valid/images\nnames: [cat, dog]\n',
      'README.roboflow.txt': 'hello',
      'train/images/a.jpg': picture,
      'train/labels/a.txt': LABEL,
      'valid/images/a.jpg': picture,
    });
    expect([roboflow.train.length, roboflow.validation.length]).toEqual([1, 1]);
    expect(leftOut(roboflow)).toEqual({});
    const listed = await openTree({
      'data.yaml': 'train: train.txt\nval: [val.txt]\nnames: [cat, dog]\n',
      'train.txt': './images/a.jpg\n/home/me/images/gone.jpg\n',
      'val.txt': 'images/b.jpg\n',
      'images/a.jpg': picture,
      'images/b.jpg': picture,
      'labels/a.txt': LABEL,
    });
    expect([namesOf(listed.train), namesOf(listed.validation)]).toEqual([['images/a.jpg'], ['images/b.jpg']]);
    expect(leftOut(listed)).toEqual({ 'listed images that are not there': 1 });
  });

  it('reads files side by side with classes.txt, split by folders, or with the option names', async () => {
    const side = { 'train/a.jpg': picture, 'train/a.txt': LABEL, 'test/b.jpg': picture, 'test/b.txt': LABEL };
    const dataset = await openTree({ ...side, 'train/classes.txt': 'cat\ndog\n' });
    expect([dataset.train.length, dataset.test.length, dataset.classes]).toEqual([1, 1, CLASSES]);
    expect((await openTree(side, { names: CLASSES })).classes).toEqual(CLASSES);
    await expect(openTree(side)).rejects.toThrow('no file says the names of its classes');
  });

  it.each([
    [
      'a folder that is not there',
      { ...files, 'coco8/data.yaml': 'train: nowhere\nnames: [a, b]' },
      {},
      /no "nowhere", which data.yaml names for train/,
    ],
    [
      'a path that leads out',
      { ...files, 'coco8/data.yaml': 'train: ../../../../etc\nnames: [a, b]' },
      {},
      /no "..\/..\/..\/..\/etc"/,
    ],
    [
      'an image in two splits',
      { ...files, 'coco8/data.yaml': 'train: images\nval: images/val\nnames: [a, b]' },
      {},
      /is in train and in validation, by data.yaml/,
    ],
    [
      'two files with names',
      { ...files, 'b.yaml': 'names: [a]' },
      {},
      /2 YAML files with names. Say which is meant/,
    ],
    ['no such data file', files, { data: 'x.yaml' }, /no file "x.yaml", which the option data names/],
    [
      'a label file that is damaged',
      { ...files, 'coco8/labels/train/a.txt': '0 1' },
      {},
      /Cannot read coco8\/labels\/train\/a.txt in .*: line 1: it has 2 numbers/,
    ],
    ['images alone', { 'a.jpg': picture, 'classes.txt': 'a' }, {}, /no pair of one name/],
  ])('refuses a source with %s', async (_, tree, options, message) => {
    await expect(openTree(tree, options)).rejects.toThrow(message);
  });
});
