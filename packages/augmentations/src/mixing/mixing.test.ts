import {
  mean,
  mul,
  neg,
  oneHot,
  logSoftmax,
  sum,
  tensor1d,
  tensor2d,
  scalar,
  tidy,
  type Scalar,
  type Tensor1D,
} from '@tensorflow/tfjs-core';
import { mixedLoss, seedOf } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { expectSameDistribution, expectUniform, expectUniformWhole } from '../distribution.test.support.ts';
import { streamImages, tensorsOf, uniformStream, valuesOf } from '../testing.test.support.ts';
import { drawBeta } from './beta.ts';
import { cutBox, cutmix, shareLeft } from './cutmix.ts';
import { mixup } from './mixup.ts';

const rng = () => seedOf(21).rng();
const images = () => streamImages([4, 6, 8, 3]);
const one = 6 * 8 * 3;

describe('drawBeta', () => {
  it('is uniform for 1', () => {
    const draw = rng();
    expectUniform(
      Array.from({ length: 4_000 }, () => drawBeta(draw, 1)),
      0,
      1,
    );
  });

  it.each([0.2, 0.5, 2])('has the mean and variance of Beta(%f, same)', (alpha) => {
    const draw = rng();
    const sample = Array.from({ length: 20_000 }, () => drawBeta(draw, alpha));
    const average = sample.reduce((a, b) => a + b) / sample.length;
    const variance = sample.reduce((a, b) => a + (b - average) ** 2, 0) / sample.length;
    expect(average).toBeCloseTo(0.5, 1.7);
    expect(Math.abs(variance * 4 * (2 * alpha + 1) - 1)).toBeLessThan(0.03);
  });

  it('is nearly 0 or 1, equally often, where alpha is small', () => {
    const draw = rng();
    const sample = Array.from({ length: 4_000 }, () => drawBeta(draw, 0.001));
    expect(sample.filter((x) => x > 0.01 && x < 0.99).length).toBeLessThan(40); // about 18 of 4,000
    const average = sample.reduce((a, b) => a + b) / sample.length;
    expect(Math.abs(average - 0.5)).toBeLessThan(0.025);
  });

  it('is the arcsine law for ½', () => {
    const draw = rng();
    const sample = Array.from({ length: 4_000 }, () => drawBeta(draw, 0.5));
    expectUniform(
      sample.map((x) => (2 / Math.PI) * Math.asin(Math.sqrt(x))),
      0,
      1,
    );
  });
});

describe('mixup', () => {
  it('draws one share a batch from Beta(alpha, alpha)', () => {
    const draw = rng();
    const shares = (alpha: number): number[] =>
      Array.from({ length: 4_000 }, () => mixup({ alpha }).sample(draw, 4, [6, 8])['share']!.data[0]!);
    expectUniform(shares(1), 0, 1);
    // The distribution function of Beta(2, 2) makes it uniform.
    expectUniform(
      shares(2).map((x) => 3 * x ** 2 - 2 * x ** 3),
      0,
      1,
    );
  });

  it('is the weighted mean of an image and its partner', () => {
    const { share, partners } = mixup().sample(rng(), 4, [6, 8]);
    const pixels = valuesOf(images());
    const mixed = tidy(() =>
      valuesOf(mixup().apply(images(), tensorsOf({ share: share!, partners: partners! }))),
    );
    const s = share!.data[0]!;
    const worst = mixed.map((v, i) => {
      const other = pixels[partners!.data[Math.floor(i / one)]! * one + (i % one)]!;
      return Math.abs(v - (s * pixels[i]! + (1 - s) * other));
    });
    expect(Math.max(...worst)).toBeLessThan(1e-3);
  });

  it('pairs with the reversed batch on request', () => {
    expect([...mixup({ pairs: 'reversed' }).sample(rng(), 4, [6, 8])['partners']!.data]).toEqual([
      3, 2, 1, 0,
    ]);
  });
});

describe('cutmix', () => {
  it('refuses pictures that are too small for a box', () => {
    expect(() => cutmix().sample(rng(), 4, [2, 9])).toThrow(/2×9 pixels.*3 or more/);
  });

  it('has boxes as the paper defines them', () => {
    const edge = cutBox(0.6, [3, 20], [32, 32]);
    expect(edge).toEqual([0, 13, 10, 30]);
    expect(shareLeft(edge, [32, 32])).toBe(0.74609375);
    const middle = cutBox(0.6, [16, 16], [32, 32]);
    expect(middle).toEqual([6, 26, 6, 26]);
    expect(shareLeft(middle, [32, 32])).toBe(0.609375);
  });

  it('pastes the box of the partner, and says what is left', () => {
    const params = { box: tensor1d([1, 4, 2, 7]), partners: tensor1d([2, 3, 0, 1], 'int32') };
    const pixels = valuesOf(images());
    const mixed = tidy(() => valuesOf(cutmix().apply(images(), params)));
    const expected = pixels.map((v, i) => {
      const [image, y, x] = [Math.floor(i / one), Math.floor((i % one) / 24), Math.floor((i % 24) / 3)];
      const inside = y >= 1 && y < 4 && x >= 2 && x < 7;
      return inside ? pixels[((image + 2) % 4) * one + (i % one)]! : v;
    });
    expect(mixed).toEqual(expected);
  });

  it('leaves batches alone with 1 − p', () => {
    const drawn = cutmix({ p: 0 }).sample(rng(), 4, [6, 8]);
    expect([...drawn['box']!.data, ...drawn['share']!.data]).toEqual([0, 0, 0, 0, 1]);
  });

  it('draws boxes as the paper does: area from Beta, a centre anywhere, cut at the border', () => {
    const [draw, other] = [rng(), seedOf(5).rng()];
    const drawn = Array.from({ length: 4_000 }, () => cutmix().sample(draw, 4, [40, 56]));
    const reference = Array.from({ length: 4_000 }, () => {
      const part = Math.sqrt(1 - other.uniform());
      const [y, x] = [other.integer(0, 39), other.integer(0, 55)];
      const [h, w] = [Math.floor(Math.floor(40 * part) / 2), Math.floor(Math.floor(56 * part) / 2)];
      const tall = Math.min(40, y + h) - Math.max(0, y - h);
      const wide = Math.min(56, x + w) - Math.max(0, x - w);
      return { share: 1 - (tall * wide) / (40 * 56), tall };
    });
    expectSameDistribution(
      drawn.map((d) => d['share']!.data[0]!),
      reference.map((r) => Math.fround(r.share)),
    );
    expectSameDistribution(
      drawn.map((d) => d['box']!.data[1]! - d['box']!.data[0]!),
      reference.map((r) => r.tall),
    );
    const mixed = Array.from(
      { length: 4_000 },
      () => cutmix({ p: 0.5 }).sample(draw, 4, [40, 56])['box']!.data[1],
    );
    const share = mixed.filter((bottom) => bottom! > 0).length;
    // A box of the largest shares is empty too: λ > 1 − (2/40)².
    expect(Math.abs(share - 2_000)).toBeLessThan(3 * Math.sqrt(1_000) + 10);
  });

  it('draws every partner', () => {
    const draw = rng();
    const partners = Array.from(
      { length: 2_000 },
      () => cutmix().sample(draw, 4, [6, 8])['partners']!.data[0]!,
    );
    expectUniformWhole(partners, 0, 3);
  });
});

describe('mixedLoss', () => {
  it('weighs the losses of both labels', () => {
    const logits = mul(tensor2d(uniformStream(20, 6), [4, 5]), 3);
    const crossEntropy = (labels: Tensor1D): Scalar =>
      neg(mean(sum(mul(logSoftmax(logits), oneHot(labels, 5)), 1)));
    const params = { share: scalar(0.3), partners: tensor1d([3, 2, 1, 0], 'int32') };
    const loss = mixedLoss(crossEntropy, tensor1d([0, 3, 2, 4], 'int32'), params);
    expect(valuesOf(loss)[0]).toBeCloseTo(3.2750106, 5);
  });
});
