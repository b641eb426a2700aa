import { seedOf } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { mutate } from './mutate.ts';

const sample = new TextEncoder().encode('{"epochs": 10, "batch": 128}');
const inputs = (seed: number, count = 500): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => mutate(sample, [sample], seedOf(seed).at(i).rng()));

describe('mutate', () => {
  it('gives the same inputs for the same seed, and others for another', () => {
    expect(inputs(1)).toEqual(inputs(1));
    expect(inputs(1)).not.toEqual(inputs(2));
  });

  it('changes nearly every input, and each in a way of its own', () => {
    const texts = inputs(3).map((bytes) => Buffer.from(bytes).toString('latin1'));
    expect(texts.filter((text) => text === Buffer.from(sample).toString('latin1')).length).toBeLessThan(50);
    expect(new Set(texts).size).toBeGreaterThan(400);
  });

  it('cuts, grows and nests, but not without bound', () => {
    const lengths = inputs(4).map(({ length }) => length);
    expect(Math.min(...lengths)).toBeLessThan(10);
    expect(Math.max(...lengths)).toBeGreaterThan(1000);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(2 ** 20);
  });

  it('leaves the sample as it was, also where that is empty', () => {
    const before = sample.slice();
    inputs(5);
    expect(sample).toEqual(before);
    expect(() => mutate(new Uint8Array(), [sample], seedOf(1).rng())).not.toThrow();
  });
});
