import { seedOf } from '@understory/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heldByHash, holdOut } from './splits.ts';

const labelled = fc.array(fc.nat(5), { maxLength: 100 });

describe('holdOut', () => {
  it('takes the share of each class and loses nothing', () => {
    const property = fc.property(
      labelled,
      fc.double({ min: 0, max: 0.9, noNaN: true }),
      fc.nat(),
      (labels, share, seed) => {
        const { kept, held } = holdOut(labels, share, seedOf(seed).rng());
        expect([...kept, ...held].sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
        for (const c of new Set(labels)) {
          const size = labels.filter((l) => l === c).length;
          const out = held.filter((p) => labels[p] === c).length;
          expect(out).toBe(Math.min(Math.round(size * share), size - 1));
        }
        expect(Array.from(held)).toEqual(Array.from(held).sort((a, b) => a - b));
      },
    );
    fc.assert(property);
  });
});

describe('heldByHash', () => {
  const keys = Array.from({ length: 100 }, (_, i) => `image-${i}`);
  const labels = keys.map((_, i) => i % 2);
  const names = (held: Set<number>, of: string[]): Set<string> => new Set([...held].map((i) => of[i]!));

  it('depends on the keys alone, not on their order', () => {
    const held = heldByHash(keys, labels, 0.2);
    expect(held.size).toBe(20);
    const turned = heldByHash([...keys].reverse(), [...labels].reverse(), 0.2);
    expect(names(turned, [...keys].reverse())).toEqual(names(held, keys));
  });

  it('moves few samples when some join', () => {
    const before = names(heldByHash(keys, labels, 0.2), keys);
    const more = [...keys, 'new-1', 'new-2', 'new-3', 'new-4'];
    const after = names(heldByHash(more, [...labels, 0, 1, 0, 1], 0.2), more);
    expect([...before].filter((k) => !after.has(k)).length).toBeLessThanOrEqual(2);
  });
});
