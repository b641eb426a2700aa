import { describe, expect, it } from 'vitest';
import { classBalance, totalVariation } from './balance.ts';
import { channelCounter } from './channels.ts';
import { labelOrder } from './labelOrder.ts';
import { streamLabels } from './stream.test.support.ts';

const other = streamLabels(300, 10, 781);
const labels = streamLabels(300, 10, 780).map((label, i) => Math.min(label, other[i]!));
const counts = Array.from({ length: 10 }, (_, c) => labels.filter((label) => label === c).length);

describe('balance of classes', () => {
  it('is that of the published labels', () => {
    expect(counts).toEqual([52, 50, 52, 44, 28, 26, 23, 14, 9, 2]);
    const { entropy, evenness, effective, imbalance, absent } = classBalance(counts);
    expect(entropy).toBeCloseTo(2.099544, 5);
    expect(evenness).toBeCloseTo(0.91182, 5);
    expect(effective).toBeCloseTo(8.162446, 5);
    expect([imbalance, absent]).toEqual([26, []]);
  });

  it('is perfect for equal classes, has no evenness for one, and names classes without a sample', () => {
    expect(classBalance([7, 7, 7, 7]).evenness).toBeCloseTo(1, 12);
    expect(classBalance([7]).evenness).toBeNaN();
    expect(classBalance([3, 0, 1])).toMatchObject({ imbalance: Infinity, absent: [1] });
    expect(classBalance([0, 0]).entropy).toBeNaN();
  });

  it('differs between splits by half the sum of differences of shares', () => {
    expect(totalVariation([1, 1], [5, 5])).toBe(0);
    expect(totalVariation([3, 0], [0, 9])).toBe(1);
    expect(totalVariation([3, 1], [1, 1])).toBeCloseTo(0.25, 12);
    expect(totalVariation([3, 1], [0, 0])).toBeNaN();
  });
});

describe('order of labels', () => {
  it('is by chance for the published labels', () => {
    const order = labelOrder(labels);
    expect(order?.equal).toBeCloseTo(0.133779, 5);
    expect(order?.expected).toBeCloseTo(0.131706, 5);
    expect(order?.isSorted).toBe(false);
  });

  it('is sorted where classes follow one another, and cannot be where there is one class', () => {
    expect(labelOrder([...labels].sort((a, b) => a - b))?.isSorted).toBe(true);
    expect(labelOrder([0, 0, 0, 0])?.isSorted).toBe(false);
    expect(labelOrder([1])).toBeUndefined();
  });
});

it('means and deviations of channels are those over all pixels of all pictures', () => {
  const counter = channelCounter();
  expect(counter.end()).toBeUndefined();
  counter.add({ data: Uint8Array.of(0, 10, 255, 255, 10, 255) });
  counter.add({ data: Uint8Array.of(0, 40, 255) });
  const stats = counter.end();
  expect(stats?.pixels).toBe(3);
  expect(stats?.mean.map((v) => v * 255)).toEqual([85, 20, 255].map((v) => expect.closeTo(v, 9) as number));
  expect(stats?.std[0]).toBeCloseTo(Math.sqrt(2) / 3, 9);
  expect(stats?.std[1]).toBeCloseTo(Math.sqrt(200) / 255, 9);
  expect(stats?.std[2]).toBeCloseTo(0, 7);
});
