import { seedOf } from '@understory/core';
import { expect, it } from 'vitest';
import { negativesOf } from './negatives.ts';

const labels = Int32Array.from({ length: 300 }, (_, i) => (i * 7) % 11);

/** The first steps of a shuffle of the samples of other classes, sorted by class, as one writes it down. */
const shuffled = (label: number, count: number, seed: number): number[] => {
  const rng = seedOf(seed).rng();
  const others = [...labels.keys()]
    .sort((a, b) => labels[a]! - labels[b]! || a - b)
    .filter((p) => labels[p] !== label);
  for (let i = 0; i < count; i++) {
    const j = rng.integer(i, others.length - 1);
    [others[i], others[j]] = [others[j]!, others[i]!];
  }
  return others.slice(0, count);
};

it('draws what the first steps of a shuffle give, whatever was drawn before', () => {
  const draw = negativesOf('test', labels);
  for (const [label, count] of [
    [3, 200],
    [0, 5],
    [10, 270],
    [99, 300],
  ] as const)
    expect([...draw(label, count, seedOf(label).rng())]).toEqual(shuffled(label, count, label));
});

it('draws into an array that is given, there and nowhere else', () => {
  const all = new Int32Array(30).fill(-1);
  const drawn = negativesOf('test', labels)(4, 10, seedOf(1).rng(), all.subarray(10, 20));
  expect([...all.subarray(10, 20)]).toEqual(shuffled(4, 10, 1));
  expect(drawn.buffer).toBe(all.buffer);
  expect([...all].filter((p) => p < 0)).toHaveLength(20);
});
