import { classSamples, UnderstoryError, type Dataset, type Picture, type Samples } from '@understory/core';
import { officialDataset } from '@understory/datasets';
import { describe, expect, it } from 'vitest';
import { checkPictures } from './checkPictures.ts';
import { classNumbers } from './classNumbers.ts';
import { boxData } from './data.test.support.ts';
import { eachPicture } from './eachPicture.ts';
import { compareOfficial } from './officialCounts.ts';

/** A scene of its own for each seed, bright and dark in a few places, of `side` × `side` pixels. */
const scene = (seed: number, side = 40, change: (value: number) => number = (value) => value): Picture => ({
  data: Uint8Array.from({ length: side * side * 3 }, (_, i) => {
    const [y, x] = [Math.floor(i / 3 / side) / side, (Math.floor(i / 3) % side) / side];
    const wave =
      Math.sin((3 + seed) * x + 2 * seed) +
      Math.cos((2 + ((seed * 7) % 5)) * y + seed) +
      Math.sin(9 * x * y * seed);
    return Math.round(change(128 + 38 * wave));
  }),
  height: side,
  width: side,
});

const mirrored = ({ data, height, width }: Picture): Picture => ({
  data: Uint8Array.from(data, (_, i) => {
    const [p, c] = [Math.floor(i / 3), i % 3];
    return data[(Math.floor(p / width) * width + width - 1 - (p % width)) * 3 + c] ?? 0;
  }),
  height,
  width,
});

/** Samples of pictures of their own sizes; what is undefined cannot be read. */
const samplesOf = (pictures: readonly (Picture | undefined)[], labels: readonly number[]): Samples =>
  classSamples({
    length: pictures.length,
    size: [8, 8],
    labels: Int32Array.from(labels),
    read: () => Promise.reject(new Error('what is small tells nothing')),
    readPicture: (position) => {
      const picture = pictures[position];
      return picture ? Promise.resolve(picture) : Promise.reject(new UnderstoryError('bad-image', 'cut off'));
    },
    describe: (position) => `${position}.jpg`,
  });

const empty = samplesOf([], []);
const datasetOf = (train: Samples, test = empty): Dataset => ({
  ...boxData([]),
  train,
  validation: empty,
  test,
});
const plain: Picture = { data: new Uint8Array(300).fill(9), height: 10, width: 10 };

describe('pictures of a dataset', () => {
  it('are read at their own size where there is one, and one by one after a fault', async () => {
    const seen: string[] = [];
    const visitor = {
      visit: (position: number, { width }: Picture) => void seen.push(`${position}: ${width}`),
      fault: (position: number, reason: string) => void seen.push(`${position}: ${reason}`),
    };
    await eachPicture(samplesOf([scene(1), undefined, scene(2, 33)], [0, 0, 1]), visitor);
    expect(seen.toSorted()).toEqual(['0: 40', '1: cut off', '2: 33']);
    seen.length = 0;
    const read = (positions: ArrayLike<number>): Promise<Uint8Array> =>
      Array.from(positions).includes(1)
        ? Promise.reject(new Error('bad'))
        : Promise.resolve(new Uint8Array(positions.length * 192));
    await eachPicture(
      classSamples({ length: 3, size: [8, 8], labels: Int32Array.of(0, 0, 1), read, describe: String }),
      visitor,
    );
    expect(seen).toEqual(['0: 8', '1: bad', '2: 8']);
  });

  it('that cannot be read are named, and end nothing', async () => {
    const {
      unreadable,
      pictures,
      plain: of,
    } = await checkPictures(datasetOf(samplesOf([scene(1), undefined, plain], [0, 1, 0])));
    expect(unreadable).toEqual([{ split: 'train', position: 1, name: '1.jpg', reason: 'cut off' }]);
    expect([pictures, of]).toEqual([3, 1]);
  });

  it('with equal pixels are grouped, within and between splits, whatever their labels', async () => {
    const check = await checkPictures(
      datasetOf(
        samplesOf([scene(1), scene(2), scene(1), plain], [0, 0, 1, 1]),
        samplesOf([scene(2), scene(3)], [0, 1]),
      ),
    );
    expect(
      check.equal.map((group) => group.map(({ split, position, className }) => [split, position, className])),
    ).toEqual([
      [
        ['train', 0, 'cat'],
        ['train', 2, 'dog'],
      ],
      [
        ['train', 1, 'cat'],
        ['test', 0, 'cat'],
      ],
    ]);
  });

  it('of one shot are found in another split: smaller, brighter, mirrored, and under another label', async () => {
    const train = [scene(1), scene(2), scene(3), scene(4), plain];
    const test = [
      scene(1, 24),
      scene(2, 40, (v) => Math.min(255, v + 20)),
      mirrored(scene(3)),
      scene(9),
      plain,
    ];
    const { near } = await checkPictures(
      datasetOf(samplesOf(train, [0, 0, 1, 1, 0]), samplesOf(test, [0, 1, 1, 0, 0])),
    );
    expect(near).toHaveLength(1);
    const [{ pairs, images, splits, candidates } = expect.fail('no splits')] = near;
    expect(splits).toEqual(['test', 'train']);
    expect(
      pairs.map((pair) => [...pair.images.map(({ position }) => position), pair.mirrored, pair.differ]),
    ).toEqual([
      [0, 0, false, false],
      [1, 1, false, true],
      [2, 2, true, false],
    ]);
    expect(images).toBe(3);
    expect(candidates.upright + candidates.mirrored).toBeGreaterThanOrEqual(3);
    for (const { correlation } of pairs) expect(correlation).toBeGreaterThan(0.95);
  });

  it('have means and deviations of every split that has some', async () => {
    const { channels } = await checkPictures(datasetOf(samplesOf([plain], [0])));
    expect(channels).toEqual([
      {
        split: 'train',
        pixels: 100,
        mean: [9 / 255, 9 / 255, 9 / 255],
        std: [0, 0, 0].map(() => expect.closeTo(0, 6) as number),
      },
    ]);
  });
});

describe('classes of a dataset', () => {
  it('are balanced and ordered as their counts and labels say', () => {
    const data = datasetOf(samplesOf(new Array(6).fill(plain), [0, 0, 0, 1, 1, 1]));
    const { balance, variation, order } = classNumbers(data, [
      { split: 'train', images: 6, byClass: [3, 3] },
      { split: 'validation', images: 0, byClass: [0, 0] },
      { split: 'test', images: 4, byClass: [4, 0] },
    ]);
    expect(balance.map(({ split, imbalance, absent }) => [split, imbalance, absent])).toEqual([
      ['train', 1, []],
      ['test', Infinity, [1]],
    ]);
    expect(variation).toEqual([{ splits: ['train', 'test'], distance: 0.5 }]);
    expect(order?.isSorted).toBe(true);
  });
});

describe('official counts', () => {
  const counts = (train: number, validation: number, test: number) =>
    [
      { split: 'train', images: train },
      { split: 'validation', images: validation },
      { split: 'test', images: test },
    ] as const;
  const names = (n: number): string[] => Array.from({ length: n }, (_, i) => `class ${i}`);
  const rows = (name: string, ...given: [...Parameters<typeof counts>, classes: number]) => {
    const [train, validation, test, classes] = given;
    const found = compareOfficial(officialDataset(name), counts(train, validation, test), names(classes));
    return [
      found.equal,
      ...found.counts.map(({ what, official, found: has }) => `${what} ${official} ${has}`),
    ];
  };

  it('are equal split by split', () => {
    expect(rows('flowers', 1020, 1020, 6149, 102)).toEqual([
      true,
      ...['classes 102 102', 'train 1020 1020', 'validation 1020 1020', 'test 6149 6149'],
    ]);
    expect(rows('cub', 5994, 0, 5794, 200)).toEqual([
      true,
      'classes 200 200',
      'train 5994 5994',
      'test 5794 5794',
    ]);
  });

  it('are equal together where validation images are taken from train, or are divided otherwise', () => {
    expect(rows('cub', 5394, 600, 5794, 200)).toEqual([
      true,
      ...['classes 200 200', 'train and validation 5994 5994', 'test 5794 5794'],
    ]);
    expect(rows('aircraft', 6000, 667, 3333, 100)).toEqual([
      true,
      ...['classes 100 100', 'train and validation 6667 6667', 'test 3333 3333'],
    ]);
  });

  it('are equal where the official validation images are what is tested on', () => {
    expect(rows('imagenet', 1_153_051, 128_116, 50_000, 1000)).toEqual([
      true,
      ...['classes 1000 1000', 'train and validation 1281167 1281167', 'validation 50000 50000'],
    ]);
    expect(rows('voc2012', 5717, 5823, 0, 20)[0]).toBe(true);
  });

  it('differ where images or classes are missing or too many, or classes have another number', () => {
    expect(rows('cub', 5993, 0, 5794, 200)).toContain('train 5994 5993');
    expect(rows('cub', 5993, 0, 5794, 200)[0]).toBe(false);
    expect(rows('cub', 5394, 600, 5000, 199)).toEqual([
      false,
      ...['classes 200 199', 'train and validation 5994 5994', 'test 5794 5000'],
    ]);
    expect(rows('coco2017', 118_287, 5000, 7, 80)[0]).toBe(false);
    const byClass = [5001, 4999, ...new Array<number>(8).fill(5000)];
    const test = new Array<number>(10).fill(1000);
    const odd = compareOfficial(
      officialDataset('cifar10'),
      [
        { split: 'train', images: 50_000, byClass },
        { split: 'test', images: 10_000, byClass: test },
      ],
      names(10),
    );
    expect([odd.equal, odd.classes.map(({ what, found }) => [what, found])]).toEqual([
      false,
      [
        ['class 0, train and validation', 5001],
        ['class 1, train and validation', 4999],
      ],
    ]);
  });

  it('of another division of the classes are those of that one', () => {
    expect(rows('cifar100', 50_000, 0, 10_000, 20)[1]).toBe('classes 20 20');
    expect(rows('aircraft', 3334, 3333, 3333, 70)[0]).toBe(true);
  });
});
