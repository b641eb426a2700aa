import { describe, expect, it } from 'vitest';
import { cifarViews, imagenetViews } from '@understory/augmentations';
import { pocketBudget } from '../tables/protocol.ts';
import { suitedBatch, suitedEpochs } from './amounts.ts';
import { suitedSchedule, suitedStem, suitedViews } from './suited.ts';

const plenty = { bytes: 1e12, perImage: 1e6 };

const withoutCutout = cifarViews().map((view) => view.filter(([name]) => name !== 'cutout'));

describe('on 5,000 images of 32 pixels', () => {
  it("the choices are the tables' own recipe", () => {
    const { epochs, batch, schedule } = pocketBudget();
    expect(suitedEpochs(5000).value).toBe(epochs);
    expect(suitedBatch(5000, false, plenty).value).toBe(batch);
    expect(suitedSchedule({ epochs, batch, photos: false, given: {} }).value).toEqual(schedule);
    expect(suitedViews([32, 32], epochs).value).toEqual(withoutCutout);
    expect(suitedStem([32, 32]).value).toBe('cifar');
  });
});

describe('batch', () => {
  it.each([
    [245, true, 16],
    [2740, false, 32],
    [50_000, false, 128],
    [50_000, true, 256],
    [1_281_167, true, 256],
    [10, true, 10],
    [1, false, 1],
  ])('of %i images (photographs: %s) is %i', (images, photos, batch) => {
    expect(suitedBatch(images, photos, plenty).value).toBe(batch);
  });

  it('is as small as the memory asks, and says so', () => {
    const { value, why } = suitedBatch(50_000, true, { bytes: 4e9, perImage: 90e6 });
    expect(value).toBe(32);
    expect(why).toBe('90 MB an image in a step, and 4.0 GB for it');
  });

  it('is two images at least where there are two, however little memory there is', () => {
    expect(suitedBatch(245, true, { bytes: 1, perImage: 1e9 }).value).toBe(2);
  });
});

describe('epochs', () => {
  it.each([
    [1, 60],
    [245, 60],
    [2740, 36],
    [5000, 20],
    [1_281_167, 20],
  ])('of %i images are %i', (images, epochs) => expect(suitedEpochs(images).value).toBe(epochs));
});

describe('the rate', () => {
  it('is the official one at the official batch, and falls and rises with the batch', () => {
    const rate = (batch: number, photos: boolean): unknown =>
      suitedSchedule({ epochs: 20, batch, photos, given: {} }).value[1];
    expect(rate(128, false)).toEqual({ rate: 0.1, warmupEpochs: 1 });
    expect(rate(256, true)).toEqual({ rate: 0.1, warmupEpochs: 1 });
    expect(rate(16, true)).toEqual({ rate: 0.00625, warmupEpochs: 1 });
    expect(rate(1024, false)).toEqual({ rate: 0.8, warmupEpochs: 1 });
  });

  it('is what the config gives, while the rest is chosen', () => {
    const { value, why } = suitedSchedule({ epochs: 40, batch: 64, photos: false, given: { rate: 0.3 } });
    expect(value).toEqual(['cosine', { rate: 0.3, warmupEpochs: 2 }]);
    expect(why).not.toMatch(/rate 0\.1/);
  });

  it('leaves an epoch to fall in', () => {
    const { value } = suitedSchedule({ epochs: 1, batch: 64, photos: false, given: {} });
    expect(value).toEqual(['cosine', { rate: 0.05, warmupEpochs: 0 }]);
  });
});

describe('views', () => {
  it('above 64 pixels are the official ImageNet code’s, cut to the images', () => {
    expect(suitedViews([65, 65], 60).value).toEqual(imagenetViews(65));
    expect(suitedViews([128, 128], 60).value).toEqual(imagenetViews(128));
    expect(suitedStem([128, 128]).value).toBe('imagenet');
  });

  it('of images that are no squares keep their shape', () => {
    const [first] = suitedViews([96, 160], 60).value;
    expect(first).toEqual([['random-resized-crop', { size: [96, 160], scale: [0.08, 1] }], 'flip']);
  });

  it('up to 64 pixels are the official CIFAR code’s in proportion, with the cutout in long runs alone', () => {
    expect(suitedViews([32, 32], 300).value).toEqual(cifarViews());
    const [first] = suitedViews([64, 64], 300).value;
    expect(first).toEqual([['crop', { pad: 8, fill: 128 }], 'flip', ['cutout', { size: 32 }]]);
    expect(suitedViews([28, 28], 20).value[0]).toEqual([['crop', { pad: 4, fill: 128 }], 'flip']);
  });
});
