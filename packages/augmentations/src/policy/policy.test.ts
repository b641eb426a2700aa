import { tidy, type Tensor4D } from '@tensorflow/tfjs-core';
import { seedOf, type Rng } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { expectChances, expectUniform } from '../distribution.test.support.ts';
import {
  augment,
  goldenTransforms,
  streamImages,
  streamsOf,
  testAugmentation,
  unpack,
  valuesOf,
} from '../testing.test.support.ts';
import { autoAugment } from './autoAugment.ts';
import { drawChange } from './drawChange.ts';
import { fixMatchAugment } from './fixMatchAugment.ts';
import {
  magnitudeOf,
  OPERATIONS,
  RANDOM_OPERATIONS,
  STANDARD,
  WIDE,
  type Change,
  type OperationName,
} from './operations.ts';
import { POLICIES } from './policies.ts';
import { policy } from './policy.ts';
import { randAugment } from './randAugment.ts';
import { trivialAugment } from './trivialAugment.ts';

const always = (change: Change) => policy('test', { slots: 1, fill: 0 }, () => [change]);
const done = (images: Tensor4D, change: Change) => tidy(() => valuesOf(augment(always(change), images)));

describe('a slot of a policy', () => {
  const { pictures, cases } = goldenTransforms();
  const golden = (name: string, options: object) =>
    valuesOf(
      unpack(
        cases.find((c) => c.name === name && JSON.stringify(c.options) === JSON.stringify(options))!.result,
      ),
    );
  const size = [16, 20] as const;

  it.each<[string, Change, object]>([
    ['shear', OPERATIONS['shear-x'](0.2), { x: 0.2 }],
    ['shear', OPERATIONS['shear-y'](0.23), { y: 0.23 }],
    ['translate', OPERATIONS['translate-x'](3.9), { x: 3 }],
    ['translate', OPERATIONS['translate-y'](-5.9), { y: -5 }],
    ['rotate', OPERATIONS.rotate(-30, size), { degrees: -30 }],
    ['brightness', OPERATIONS.brightness(-0.4), { factor: 0.6 }],
    ['saturation', OPERATIONS.color(-0.4), { factor: 0.6 }],
    ['contrast', OPERATIONS.contrast(-0.4), { factor: 0.6 }],
    ['sharpness', OPERATIONS.sharpness(0.9), { factor: 1.9 }],
    ['posterize', OPERATIONS.posterize(4), { bits: 4 }],
    ['solarize', OPERATIONS.solarize(178.5), { threshold: 178.5 }],
    ['equalize', OPERATIONS.equalize(), {}],
    ['invert', OPERATIONS.invert(), {}],
  ])('does %s as torchvision', (name, change, options) => {
    expect(done(unpack(pictures), change)).toEqual(golden(name, options));
  });

  it('does nothing where nothing is asked', () => {
    expect(done(unpack(pictures), OPERATIONS.identity())).toEqual(valuesOf(unpack(pictures)));
  });

  it('does the slots in order', () => {
    const [first, second] = [OPERATIONS.invert(), OPERATIONS.brightness(-0.5)];
    const both = policy('test', { slots: 2, fill: 0 }, () => [first, second]);
    const images = streamImages([1, 6, 6, 3]);
    const one = images.dataSync<'float32'>().map((v) => Math.floor((255 - v) / 2));
    expect(valuesOf(augment(both, images))).toEqual(one);
  });
});

describe('magnitudes', () => {
  const at = (name: OperationName, level: number, levels: number, strength = STANDARD) =>
    magnitudeOf(name, level / (levels - 1), strength, [224, 224]).magnitude;

  it('grow linearly with the level, as torchvision has them', () => {
    expect(at('shear-x', 9, 31)).toBeCloseTo(0.09, 12);
    expect(Math.trunc(at('translate-x', 9, 31))).toBe(30);
    expect(at('rotate', 9, 31)).toBeCloseTo(9, 12);
    expect(at('color', 9, 31)).toBeCloseTo(0.27, 12);
    expect(at('posterize', 9, 31)).toBe(7);
    expect(at('solarize', 9, 31)).toBeCloseTo(178.5, 12);
    expect([0, 3, 5, 9].map((level) => at('posterize', level, 10))).toEqual([8, 7, 6, 4]);
    expect([0, 15, 30].map((level) => at('posterize', level, 31, WIDE))).toEqual([8, 5, 2]);
    expect([
      at('translate-y', 30, 31, WIDE),
      at('rotate', 30, 31, WIDE),
      at('sharpness', 30, 31, WIDE),
    ]).toEqual([32, 135, 0.99]);
  });

  it('are whole where their definition is', () => {
    for (const levels of [5, 10, 11, 16, 31, 52])
      for (let level = 0; level < levels; level++) {
        const off = 255 * level;
        if (off % (levels - 1) === 0)
          expect(at('solarize', level, levels), `${level} of ${levels}`).toBe(255 - off / (levels - 1));
        const moved = magnitudeOf('translate-x', level / (levels - 1), STANDARD, [8, 993]).magnitude;
        const [share, most] = [450 * level, levels - 1]; // 150 / 331 of 993 pixels
        if (share % most === 0) expect(moved, `${level} of ${levels}`).toBe(share / most);
      }
  });

  it('have a random sign where they have one', () => {
    const factors = streamsOf(2_000, 9).map(
      (rng) => drawChange(rng, ['brightness', 1], STANDARD, [8, 8]).blend![1],
    );
    expectChances(
      factors,
      new Map(
        [
          [0.1, 0.5],
          [1.9, 0.5],
        ].map(([f, p]) => [f === 0.1 ? 1 - 0.9 : 1 + 0.9, p!]),
      ),
    );
  });
});

describe('randAugment', () => {
  testAugmentation(randAugment());
  testAugmentation(randAugment({ operations: 3, magnitude: 30, fill: 128 }));

  it('draws from 14 operations', () => expect(RANDOM_OPERATIONS.length).toBe(14));
});

describe('trivialAugment', () => {
  testAugmentation(trivialAugment());
});

describe('autoAugment', () => {
  testAugmentation(autoAugment());
  testAugmentation(autoAugment({ policy: 'imagenet' }));

  it('has 25 pairs a policy', () => {
    expect(Object.values(POLICIES).map((rows) => rows.length)).toEqual([25, 25]);
  });
});

describe('fixMatchAugment', () => {
  testAugmentation(fixMatchAugment());

  it('draws holes of up to half the width', () => {
    const { half } = fixMatchAugment().sample(streamsOf(3_000, 7), [16, 16]);
    expectUniform(half!.data, 0, 4);
  });

  it('only darkens', () => {
    const counted: Rng[] = Array.from({ length: 500 }, (_, i) => seedOf(8).at(i).rng());
    const { ['0/blend']: blend } = fixMatchAugment().sample(counted, [16, 16]);
    const factors = blend!.data.filter((_, i) => i % 4 === 0);
    expect(Math.max(...factors)).toBe(1);
    expect(Math.min(...factors)).toBeLessThan(0.15);
  });
});
