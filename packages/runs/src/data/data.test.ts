import { classSamples, uint8, type Dataset } from '@understory/core';
import { expect, it } from 'vitest';
import { contactSheet } from '../pictures/contactSheet.ts';
import { countData } from './countData.ts';
import { boxData, type Row } from './data.test.support.ts';
import { tilesOf, viewTiles } from './tiles.ts';

const cat: Row = [2, 2, 12, 12, 0, 0, 10_000];
const dog: Row = [0, 10, 18, 20, 1, 0, 900];
const crowd: Row = [0, 0, 9, 9, 1, 1, 500];
const difficult: Row = [4, 4, 6, 6, 0, 2, 40];
const tiny: Row = [4, 4, 11, 30, 0, 0, 1025];

it('counts boxes by class and by size, crowds and difficult ones apart, and images without any', async () => {
  const [train, validation, test] = await countData(
    boxData([[cat, dog, crowd], [], [tiny, difficult]], [[dog]]),
  );
  expect(train).toEqual({
    ...{ split: 'train', images: 3, byClass: [2, 1] },
    boxes: {
      ...{ boxes: 3, most: 3, imagesWithout: 1, crowd: 1, difficult: 1, tiny: 1 },
      bySize: { small: 1, medium: 1, large: 1 },
    },
  });
  expect([validation?.images, test?.boxes?.boxes, test?.byClass]).toEqual([0, 1, [0, 1]]);
});

it('counts images by class, and labels by name', async () => {
  const data = boxData([]);
  const read = (): Promise<Uint8Array> => Promise.resolve(new Uint8Array());
  const size = [1, 1] as const;
  const labels = Int32Array.of(1, 1, 0);
  const ofClasses: Dataset = {
    ...data,
    train: classSamples({ length: 3, size, labels, read, describe: String }),
    test: {
      ...{ length: 2, size, read, describe: String },
      targets: { tags: { kind: 'labels', dtype: 'uint8', shape: [2] } },
      readTargets: (positions) =>
        Promise.resolve({
          tags: uint8(Uint8Array.from(Array.from(positions, (p) => [1, p]).flat()), [positions.length, 2]),
        }),
    },
  };
  const [train, , test] = await countData(ofClasses);
  expect([train?.byClass, test?.byClass, train?.boxes]).toEqual([[1, 2], [2, 1], undefined]);
});

it('shows pictures without what fills up the image, with their boxes and what these are', async () => {
  const { train, classes } = boxData([[], [cat, crowd]]);
  const [tile] = await tilesOf(train, [1], classes);
  expect(tile?.picture.shape).toEqual([20, 30, 3]);
  expect(tile?.text).toBe('pictures/1.jpg');
  expect(tile?.boxes).toEqual([
    { box: [2, 2, 12, 12], colour: 0, text: 'cat', dashed: false },
    { box: [0, 0, 9, 9], colour: 1, text: 'dog (crowd)', dashed: true },
  ]);
});

it('shows views as they are, by the names of their augmentations', async () => {
  const { train, classes } = boxData([[cat]]);
  const still = { name: 'still', inPlace: true, sample: () => ({}), apply: <T>(images: T): T => images };
  const stream = { name: 'train', batch: 1, labelled: true, samples: train, views: [[], [still]] };
  const [first, second] = await viewTiles(stream, 0, [0], { classes });
  expect([first?.[0]?.text, second?.[0]?.text]).toEqual(['view 1: as it is', 'view 2: still']);
  expect(second?.[0]?.picture.shape).toEqual([20, 40, 3]);
  expect(second?.[0]?.boxes).toHaveLength(1);
});

it('puts tiles side by side, boxes and all', async () => {
  const picture = uint8(new Uint8Array(4 * 8 * 3).fill(100), [4, 8, 3]);
  const tile = { picture, boxes: [{ box: [1, 2, 3, 6] as const, colour: 0, text: '' }], text: '<a>&"' };
  const { data, info } = await (
    await contactSheet([tile, tile, tile], 2)
  )
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect([info.width, info.height, info.channels]).toEqual([10 + 2 * 266, 10 + 2 * 286, 3]);
  const pixel = (y: number, x: number): number[] => [
    ...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3),
  ];
  // The picture is 32 times as large: its boxes' left edge lies at 64 pixels, in blue.
  expect(pixel(10 + 60, 10 + 100)).toEqual([100, 100, 100]);
  const [red = 255, , blue = 0] = pixel(10 + 64, 10 + 64);
  expect(blue - red).toBeGreaterThan(60);
  expect(pixel(10 + 286 + 60, 10 + 266 + 100)).toEqual([255, 255, 255]);
});
