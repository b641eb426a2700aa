import { concat, gather, grad, mul, ones, tensor2d, zeros, type Tensor2D } from '@tensorflow/tfjs-core';
import type { ClassificationLoss, ContrastiveLoss } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { ids, leaked, norm, numberOf, rowsOf, stream, valueAndGradient } from '../golden.test.support.ts';
import * as losses from '../index.ts';
import * as plugins from './index.ts';

it('has a name and a line of its own for each plugin', () => {
  const all = [...plugins.lossPlugins, ...plugins.classificationLossPlugins];
  expect(new Set(all.map((p) => p.name)).size).toBe(13);
  expect(all.every((p) => p.summary.length > 10)).toBe(true);
});

describe.each(plugins.lossPlugins)('$name', (plugin) => {
  const make = plugin.create as (options: unknown) => ContrastiveLoss;
  const loss = make(plugin.options.parse({}));
  const x = stream([12, 6], 8);
  const y = ids(0, 1, 2, 0, 1, 1);

  it('gives a finite scalar that falls along its gradient', () => {
    const { value, gradient } = valueAndGradient((v) => loss(v, y), x);
    expect(loss(x, y).shape).toEqual([]);
    expect(Number.isFinite(value)).toBe(true);
    const step = 1e-3 / Math.max(1, norm(gradient));
    const moved = tensor2d(rowsOf(x).map((row, i) => row.map((v, j) => v - step * gradient[i * 6 + j]!)));
    expect(numberOf(loss(moved, y))).toBeLessThan(value);
  });

  it('does not depend on the order of the samples', () => {
    const order = [3, 0, 5, 1, 4, 2];
    const shuffled = gather(x, ids(...order, ...order.map((i) => i + 6)));
    const value = numberOf(loss(shuffled, gather(y, ids(...order))));
    expect(value / numberOf(loss(x, y))).toBeCloseTo(1, 5);
  });

  it.each([
    ['equal rows', ones([12, 6])],
    ['zero rows', zeros([12, 6])],
    ['some zero rows', concat([zeros([5, 6]), stream([7, 6], 2)])],
    ['long rows', mul(stream([12, 6], 3), 1e4)],
    ['short rows', mul(stream([12, 6], 3), 1e-6)],
  ] as [string, Tensor2D][])('stays finite for %s', (_, rows) => {
    const { value, gradient } = valueAndGradient((v) => loss(v, y), rows);
    expect(Number.isFinite(value)).toBe(true);
    expect(gradient.every(Number.isFinite)).toBe(true);
  });

  it('leaves no tensor behind', () => {
    expect(leaked(() => loss(x, y))).toBe(0);
    expect(leaked(() => grad((v) => loss(v as Tensor2D, y))(x))).toBe(0);
  });

  it('names what it cannot use', () => {
    expect(() => loss(stream([11, 6], 1))).toThrow(/11 rows of features cannot be 2 views/);
    expect(() => plugin.options.parse({ nonsense: 1 })).toThrow(/nonsense/);
  });
});

describe.each(plugins.classificationLossPlugins)('$name', (plugin) => {
  const make = plugin.create as (options: unknown) => ClassificationLoss;
  const loss = make(plugin.options.parse({}));
  const y = ids(0, 3, 2, 4);

  it('gives a positive scalar that is smaller where the logits are right', () => {
    const logits = tensor2d([0, 3, 2, 4].map((c) => [0, 1, 2, 3, 4].map((k) => (k === c ? 3 : -3))));
    expect(loss(logits, y).shape).toEqual([]);
    expect(numberOf(loss(logits, y))).toBeGreaterThan(0);
    expect(numberOf(loss(logits, y))).toBeLessThan(numberOf(loss(mul(logits, -1), y)));
  });

  it('stays finite for logits of any size', () => {
    for (const size of [0, 1, 100, 1e6, 1e30]) {
      const { value, gradient } = valueAndGradient((v) => loss(v, y), mul(stream([4, 5], 1), size));
      expect(Number.isFinite(value)).toBe(true);
      expect(gradient.every(Number.isFinite)).toBe(true);
    }
  });

  it('leaves no tensor behind', () => {
    const logits = stream([4, 5], 1);
    expect(leaked(() => loss(logits, y))).toBe(0);
    expect(leaked(() => grad((v) => loss(v as Tensor2D, y))(logits))).toBe(0);
  });
});

it('refuses a batch of one where samples are compared', () => {
  for (const make of [losses.dcl, losses.dclw, losses.barlowTwins, losses.vicReg]) {
    expect(() => make()(stream([2, 4], 0))).toThrow(/compares samples, and the batch has 1/);
  }
});
