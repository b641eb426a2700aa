import { expect, it } from 'vitest';
import { checkImageIds, cocoResults } from './cocoResults.ts';
import type { ImagePrediction } from './predictImages.ts';

const found = (image: string, name = 'dog'): ImagePrediction => ({
  image,
  prediction: { kind: 'boxes', boxes: [{ class: name, probability: 0.75, box: [10, 20, 40, 60] }] },
});
const dataset = { classes: ['cat', 'dog'] };

it('tells boxes as x, y, width and height, with classes by their places from 1', () => {
  expect(cocoResults([found('a/b.jpg')], dataset)).toEqual([
    { image_id: 'b.jpg', category_id: 2, bbox: [20, 10, 40, 30], score: 0.75 },
  ]);
});

it('names classes by the numbers of the dataset where it has one for each', () => {
  const id = (ids: Readonly<Record<string, number>>): unknown =>
    cocoResults([found('x.jpg')], { ...dataset, ids })[0]?.category_id;
  expect(id({ cat: 17, dog: 18 })).toBe(18);
  expect(id({ dog: 18 })).toBe(2);
});

it('names images by their number where a file is named as COCO names them', () => {
  const ids = ['000000000139.jpg', 'COCO_val2014_000000000042.jpg', 'IMG_7.jpg', '7.1.png'].map(
    (image) => cocoResults([found(image)], dataset)[0]?.image_id,
  );
  expect(ids).toEqual([139, 42, 'IMG_7.jpg', '7.1.png']);
});

it('has nothing of images without a prediction, and refuses images that would share an id', () => {
  expect(cocoResults([{ image: 'a.jpg', problem: 'torn' }], dataset)).toEqual([]);
  expect(() => checkImageIds(['a/7.jpg', 'b/007.png'])).toThrow(
    /a\/7\.jpg and b\/007\.png have one image_id, 7/,
  );
  expect(() => checkImageIds(['a.jpg', 'a.jpg'])).toThrow(/a\.jpg is given twice/);
});
