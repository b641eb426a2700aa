import { readImages, type Dataset } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { boxesAt, frameAt, jpeg, leftOut, namesOf, openDataset } from '../testing/boxes.test.support.ts';
import { inMemory, subset } from '../samples/samples.ts';
import { writeTree } from '../testing/temporary.test.support.ts';
import { coco } from './coco/coco.ts';
import type { CocoOptions } from './coco/options.ts';
import { voc } from './voc/voc.ts';
import { yolo } from './yolo/yolo.ts';

type Box = readonly [x: unknown, y: unknown, width: unknown, height: unknown, category?: number];

interface Picture {
  readonly file: string;
  readonly height: number;
  readonly width: number;
  readonly boxes: readonly Box[];
}

/** A file of COCO's format of these pictures. */
const cocoText = (pictures: readonly Picture[]): string =>
  JSON.stringify({
    images: pictures.map(({ file, height, width }, id) => ({ id, file_name: file, height, width })),
    annotations: pictures.flatMap(({ boxes }, image_id) =>
      boxes.map(([x, y, w, h, category_id = 1]) => ({ image_id, category_id, bbox: [x, y, w, h] })),
    ),
    categories: [
      { id: 1, name: 'cat' },
      { id: 2, name: 'dog' },
    ],
  });

const tree = async (
  pictures: readonly Picture[],
  name = 'all.json',
): Promise<Record<string, Buffer | string>> => {
  const files = await Promise.all(
    pictures.map(async ({ file, height, width }) => [file, await jpeg(height, width)] as const),
  );
  return { ...Object.fromEntries(files), [name]: cocoText(pictures) };
};
const open = async (
  pictures: readonly Picture[],
  options: Partial<CocoOptions> = {},
  seed = 1,
): Promise<Dataset> =>
  openDataset(
    coco({
      root: await writeTree(await tree(pictures)),
      size: [40, 60],
      validation: 0,
      testShare: 0,
      ...options,
    }),
    seed,
  );
const many = (count: number, boxes: readonly Box[] = [[1, 2, 20, 10]]): Picture[] =>
  Array.from({ length: count }, (_, i) => ({
    file: `${String(i).padStart(2, '0')}.jpg`,
    height: 40,
    width: 60,
    boxes,
  }));
const THREE: readonly Box[] = [
  [0, 0, 10, 10],
  [0, 0, 30, 30, 2],
  [5, 5, 20, 20],
];

describe('size', () => {
  const pictures: Picture[] = [
    { file: 'a.jpg', height: 30, width: 90, boxes: [[30, 15, 30, 15]] },
    { file: 'b.jpg', height: 90, width: 30, boxes: [[3, 30, 6, 60]] },
  ];

  it('of two numbers holds each picture whole, and scales its boxes by its own sides', async () => {
    const { train } = await open(pictures, { size: [20, 40] });
    expect(train.size).toEqual([20, 40]);
    expect(await frameAt(train, 0)).toEqual([0, 0, 13, 40, 30, 90]);
    expect(await frameAt(train, 1)).toEqual([0, 0, 20, 7, 90, 30]);
    const [wide] = await boxesAt(train, 0);
    [15 * (13 / 30), 30 * (40 / 90), 13, 60 * (40 / 90), 0, 0, 450].forEach((value, i) =>
      expect(wide?.[i]).toBeCloseTo(value, 4),
    );
    const pixels = await train.read([0]);
    expect(pixels.length).toBe(20 * 40 * 3);
    expect(Array.from(pixels.subarray(-3))).toEqual([124, 116, 104]); // the mean colour below
    expect(Math.abs(pixels[0]! - 90)).toBeLessThanOrEqual(2);
  });

  it('of one number is a square', async () => {
    expect((await open(pictures, { size: 24 })).train.size).toEqual([24, 24]);
  });

  it('by the sides gives every picture its own scale, and an image that holds all', async () => {
    const { train } = await open(pictures, { size: { shortest: 20, longest: 50 } });
    expect(train.size).toEqual([64, 64]);
    expect(await frameAt(train, 0)).toEqual([0, 0, 17, 50, 30, 90]);
    expect(await frameAt(train, 1)).toEqual([0, 0, 50, 17, 90, 30]);
  });
});

describe('canvases', () => {
  const pictures: Picture[] = [
    { file: 'a.jpg', height: 30, width: 90, boxes: [[0, 0, 9, 9]] },
    { file: 'b.jpg', height: 90, width: 30, boxes: [[0, 0, 9, 9]] },
    { file: 'c.jpg', height: 40, width: 40, boxes: [[0, 0, 9, 9]] },
  ];
  const sides = { size: { shortest: 20, longest: 50 } };

  it('are two where pictures lie and stand, each the smallest multiple of 32 that holds its own', async () => {
    const { train, sides: told } = await open(pictures, sides);
    expect(train.canvases?.sizes).toEqual([[32, 64], [64, 32]]); // prettier-ignore
    expect(Array.from(train.canvases?.of ?? [])).toEqual([0, 1, 0]); // a square picture lies
    expect(train.size).toEqual([64, 64]);
    expect(told).toEqual(sides.size);
  });

  it('are none where one size is enough: all lie, or have the size that was asked for', async () => {
    const wide = await open(pictures.slice(0, 1), sides);
    expect([wide.train.size, wide.train.canvases]).toEqual([[32, 64], undefined]);
    const square = await open([...pictures.slice(2), ...pictures.slice(2).map((one) => ({ ...one, file: 'd.jpg' }))], sides); // prettier-ignore
    expect([square.train.size, square.train.canvases]).toEqual([[32, 32], undefined]);
    const asked = await open(pictures, { size: 48 });
    expect([asked.train.canvases, asked.sides]).toEqual([undefined, undefined]);
  });

  it('show what the whole image shows, cut: with and without a cache, from a part, and in memory', async () => {
    const hex = (...images: Uint8Array[]): string => Buffer.concat(images).toString('hex');
    const corner = (image: Uint8Array, [height, width]: readonly [number, number]): Uint8Array =>
      Buffer.concat(
        Array.from({ length: height }, (_, y) => image.subarray(y * 64 * 3, (y * 64 + width) * 3)),
      );
    for (const cache of [0, 1]) {
      const { train } = await open(pictures, { ...sides, cache });
      const parts = [train, subset(train, [0, 1, 2]), await inMemory(train)];
      for (const samples of [...parts, ...parts]) {
        const [a, b, c] = [await samples.read([0]), await samples.read([1]), await samples.read([2])];
        const read = async (some: number[]) => hex((await readImages(samples, some)).data as Uint8Array);
        expect(await read([1])).toBe(hex(corner(b, [64, 32])));
        expect(await read([2, 0])).toBe(hex(corner(c, [32, 64]), corner(a, [32, 64])));
        expect(await read([1, 0])).toBe(hex(b, a));
      }
    }
    const { train } = await open(pictures, sides);
    await expect(train.canvases?.read([3], [64, 64])).rejects.toThrow('No sample at position 3');
  });
});

describe('boxes', () => {
  it('make targets of one shape in all splits', async () => {
    const dataset = await open([...many(3), ...many(1, THREE).map((one) => ({ ...one, file: 'x.jpg' }))], {
      validation: 0.25,
    });
    const { train, validation, test } = dataset;
    for (const samples of [train, validation, test]) {
      expect(samples.targets).toMatchObject({ boxes: { shape: [3, 7] }, frame: { shape: [1, 6] } });
      expect(samples.groups).toBeUndefined();
    }
    await expect(train.readTargets([3])).rejects.toThrow('No sample at position 3');
  });

  it('that cannot be used are left out by rule and counted; others of their image stay', async () => {
    const dataset = await open(
      many(1, [
        [1, 2, 20, 10],
        [50, 30, 20, 20],
        [1, null, 3, 3],
        [9, 9, -4, 5],
        [9, 9, 0, 5],
        [70, 9, 5, 5],
        [9, 9, 0.5, 5],
      ]),
    );
    expect(leftOut(dataset)).toEqual({
      'boxes with a corner that is no finite number': 1,
      'boxes whose corners are swapped': 1,
      'boxes without area': 1,
      'boxes outside their picture': 1,
      'boxes smaller than 1 px': 1,
      'parts of boxes that lie outside their picture': 1,
    });
    expect((await boxesAt(dataset.train, 0)).map((row) => row.slice(0, 4))).toEqual([
      [2, 1, 12, 21],
      [30, 50, 40, 60],
    ]);
  });

  it('are judged alike in every format', async () => {
    const boxes = [
      ['nan', 2, 9, 9],
      [20, 2, 9, 9],
      [5, 2, 5, 9],
      [70, 2, 90, 9],
    ] as const;
    const text = boxes.map(
      ([left, top, right, bottom]) =>
        `<object><name>cat</name><bndbox><xmin>${left}</xmin><ymin>${top}</ymin><xmax>${right}</xmax><ymax>${bottom}</ymax></bndbox></object>`,
    );
    const good =
      '<object><name>cat</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object>';
    const xml = `<annotation><size><width>60</width><height>40</height></size>${text.join('')}${good}</annotation>`;
    const label =
      'nan 0.5 0.5 0.5'.replace('nan', '0 nan') +
      '\n0 0.5 0.5 -0.2 0.5\n0 0.5 0.5 0 0.5\n0 1.5 0.5 0.2 0.5\n0 0.5 0.5 0.5 0.5\n';
    const files = { 'a.jpg': await jpeg(40, 60) };
    const options = { size: [40, 60] as [number, number], testShare: 0, validation: 0 };
    const fromVoc = await openDataset(
      voc({ root: await writeTree({ ...files, 'a.xml': xml }), firstPixel: 0, ...options }),
    );
    const fromYolo = await openDataset(
      yolo({ root: await writeTree({ ...files, 'a.txt': label }), names: ['cat'], ...options }),
    );
    for (const dataset of [fromVoc, fromYolo]) {
      expect(leftOut(dataset)).toEqual({
        'boxes with a corner that is no finite number': 1,
        'boxes whose corners are swapped': 1,
        'boxes without area': 1,
        'boxes outside their picture': 1,
      });
      expect((await boxesAt(dataset.train, 0)).length).toBe(1);
    }
  });

  it('of other classes are left out by the option classes, which orders too', async () => {
    const pictures = many(2, THREE);
    const both = await open(pictures, { classes: ['dog', 'cat'] });
    expect([both.classes, (await boxesAt(both.train, 0)).map((row) => row[4])]).toEqual([
      ['dog', 'cat'],
      [1, 0, 1],
    ]);
    const one = await open(pictures, { classes: ['dog'] });
    expect(leftOut(one)).toEqual({ 'boxes of a class that is not used, cat': 4 });
    await expect(open(pictures, { classes: ['dgo'] })).rejects.toThrow(
      'no class "dgo", which the option classes names. Did you mean "dog"?',
    );
  });

  it('over the most of a training image are left out, the largest stay in their order; measured images keep all', async () => {
    const files = {
      ...(await tree([{ file: 'train/a.jpg', height: 40, width: 60, boxes: THREE }], 'train/all.json')),
      ...(await tree([{ file: 'val/b.jpg', height: 40, width: 60, boxes: THREE }], 'val/all.json')),
    };
    const root = await writeTree(files);
    const dataset = await openDataset(coco({ root, size: [40, 60], most: 2 }));
    expect((await boxesAt(dataset.train, 0)).map((row) => row[6])).toEqual([900, 400]);
    expect((await boxesAt(dataset.validation, 0)).length).toBe(3);
    expect(leftOut(dataset)).toEqual({ 'boxes over the 2 of a training image': 1 });
  });

  it('may be 500 in one image', async () => {
    const boxes = Array.from({ length: 500 }, (_, i): Box => [i % 50, i % 30, 5, 5]);
    const { train } = await open([...many(1), { file: 'x.jpg', height: 40, width: 60, boxes }]);
    expect(train.targets.boxes?.shape).toEqual([500, 7]);
    expect((await boxesAt(train, 1)).length).toBe(500);
  });
});

describe('images', () => {
  it('without boxes are kept, or left out and counted', async () => {
    const pictures = [...many(2), { file: 'none.jpg', height: 40, width: 60, boxes: [] }];
    expect((await open(pictures)).train.length).toBe(3);
    const without = await open(pictures, { empty: 'leave-out' });
    expect([without.train.length, leftOut(without)]).toEqual([2, { 'images without boxes': 1 }]);
    await expect(open(many(2, []))).rejects.toThrow(
      'none of its 2 training images has a box that can be used',
    );
  });

  it('are limited by chance, test images alike for all seeds', async () => {
    const limit = { train: 5, test: 2 };
    const options = { limit, testShare: 0.3, validation: 0.2 };
    const [a, b] = [await open(many(20), options, 1), await open(many(20), options, 2)];
    expect([a.train.length, a.validation.length, a.test.length]).toEqual([5, 3, 2]);
    expect(namesOf(a.test)).toEqual(namesOf(b.test));
    expect(namesOf(a.train)).not.toEqual(namesOf(b.train));
    expect(leftOut(a)).toEqual({ 'over the limit of 5 for train': 6, 'over the limit of 2 for test': 4 });
  });

  it('that cannot be read are named, or left out and counted', async () => {
    const files = await tree(many(4));
    const root = await writeTree({ ...files, '01.jpg': files['01.jpg']!.slice(0, 100), '02.jpg': '' });
    const options = { root, size: 32, validation: 0, testShare: 0 };
    const { train } = await openDataset(coco(options));
    await expect(train.read([1, 2])).rejects.toThrow(/^2 images cannot be read: .*02.jpg: an empty file/);
    const dataset = await openDataset(coco({ ...options, onBadImage: 'skip' }));
    expect([dataset.train.length, leftOut(dataset)]).toEqual([2, { 'images that cannot be read': 2 }]);
  });

  it('of another size than their annotation says are named when they are read, or at once by check', async () => {
    const root = await writeTree({ ...(await tree(many(2))), '01.jpg': await jpeg(60, 40) });
    const options = { root, size: 32, validation: 0, testShare: 0 };
    const { train } = await openDataset(coco(options));
    await expect(train.read([0, 1])).rejects.toThrow(
      '01.jpg: the picture has 40 x 60 pixels and its annotation says 60 x 40',
    );
    await expect(openDataset(coco({ ...options, check: true }))).rejects.toThrow(
      '01.jpg: the picture has 40 x 60',
    );
  });
});
