import { tensor2d, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectChances, expectUniform, expectUniformWhole } from '../distribution.test.support.ts';
import { streamImages, streamsOf, testAugmentation, valuesOf } from '../testing.test.support.ts';
import { randomErasing } from './randomErasing.ts';

const boxesOf = (data: ArrayLike<number>): number[][] =>
  Array.from({ length: data.length / 4 }, (_, i) => [0, 1, 2, 3].map((k) => data[4 * i + k]!));

describe('randomErasing', () => {
  testAugmentation(randomErasing({ p: 0.8 }));
  testAugmentation(randomErasing({ fill: 'noise', p: 0.8 }));

  it('paints the box', () => {
    const made = tidy(() =>
      valuesOf(
        randomErasing({ fill: [1, 2, 3] }).apply(streamImages([1, 4, 5, 3]), {
          box: tensor2d([[1, 2, 2, 3]]),
        }),
      ),
    );
    const painted = Array.from({ length: 20 }, (_, i) => i).filter(
      (i) => made.slice(3 * i, 3 * i + 3).join() === '1,2,3',
    );
    expect(painted).toEqual([7, 8, 9, 12, 13, 14]);
  });

  it('draws area, ratio and place as documented', () => {
    const { box } = randomErasing({ p: 1, scale: [0.1, 0.3], ratio: [0.5, 2] }).sample(
      streamsOf(3_000, 4),
      [1000, 1000],
    );
    const boxes = boxesOf(box!.data);
    expectUniform(
      boxes.map(([, , h, w]) => (h! * w!) / 1e6),
      0.0995,
      0.3005,
    );
    expectUniform(
      boxes.map(([, , h, w]) => Math.log(h! / w!)),
      -Math.log(2.01),
      Math.log(2.01),
    );
    const square = randomErasing({ p: 1, scale: [0.25, 0.25], ratio: [1, 1] }).sample(
      streamsOf(3_000, 4),
      [10, 10],
    );
    expectUniformWhole(
      boxesOf(square.box!.data).map(([top]) => top!),
      0,
      5,
    );
    expectUniformWhole(
      boxesOf(square.box!.data).map(([, left]) => left!),
      0,
      5,
    );
  });

  it('is done with its probability, and paints any level', () => {
    const { box, noise } = randomErasing({ p: 0.3, fill: 'noise' }).sample(streamsOf(3_000, 4), [8, 8]);
    const done = boxesOf(box!.data).map(([, , height]) => (height! > 0 ? 1 : 0));
    expectChances(
      done,
      new Map([
        [0, 0.7],
        [1, 0.3],
      ]),
    );
    expectUniformWhole(noise!.data, 0, 255);
  });

  it('refuses boxes that would all fill the image: it would never erase', () => {
    const full = randomErasing({ p: 1, scale: [1, 1], ratio: [1, 1] });
    expect(() => full.sample(streamsOf(1), [3, 3])).toThrow(/"scale" is \[1,1\].* 3×3/);
    const flat = randomErasing({ p: 1 });
    expect(() => flat.sample(streamsOf(1), [1, 9])).toThrow(/1×9/);
  });
});
