import type { NdArrays } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { expectChances, expectUniform } from '../distribution.test.support.ts';
import { streamsOf } from '../testing.test.support.ts';
import { autoAugment } from './autoAugment.ts';
import { fixMatchAugment } from './fixMatchAugment.ts';
import {
  magnitudeOf,
  OPERATIONS,
  RANDOM_OPERATIONS,
  STANDARD,
  WIDE,
  type Change,
  type OperationName,
  type Strength,
} from './operations.ts';
import { POLICIES, type SubPolicy } from './policies.ts';
import { policy } from './policy.ts';
import { randAugment } from './randAugment.ts';
import { trivialAugment } from './trivialAugment.ts';

const N = 20_000;
const SIZE = [40, 48] as const;
const streams = streamsOf(N, 17);

/** What an image does in a slot, as a word: its rows of numbers. */
const wordOf = (params: NdArrays, slot: number, image: number): string =>
  ['matrix', 'blend', 'levels', 'adapt']
    .map((key) => {
      const { data, shape } = params[`${slot}/${key}`]!;
      const width = shape[1]!;
      return Array.from(data.slice(image * width, (image + 1) * width), (v) => v.toFixed(4)).join();
    })
    .join(';');

const wordOfChange = (change: Change): string =>
  wordOf(policy('one', { slots: 1, fill: 0 }, () => [change]).sample(streamsOf(1), SIZE), 0, 0);

/** Chances of words, added up where two operations do the same. */
const chancesOf = (parts: readonly (readonly [Change, number])[]): ReadonlyMap<string, number> => {
  const chances = new Map<string, number>();
  for (const [change, chance] of parts.filter(([, c]) => c > 0)) {
    const word = wordOfChange(change);
    chances.set(word, (chances.get(word) ?? 0) + chance);
  }
  return chances;
};

/** An operation at a level, both signs where it has one. */
const signed = (
  name: OperationName,
  part: number,
  strength: Strength,
  chance: number,
): [Change, number][] => {
  const { magnitude, signed: both } = magnitudeOf(name, part, strength, SIZE);
  if (!both) return [[OPERATIONS[name](magnitude, SIZE), chance]];
  return [1, -1].map((sign) => [OPERATIONS[name](sign * magnitude, SIZE), chance / 2]);
};

/** Fails where the words of a slot are not drawn with these chances. */
const expectWords = (params: NdArrays, slot: number, parts: readonly (readonly [Change, number])[]): void => {
  const chances = [...chancesOf(parts)];
  expect(chances.reduce((sum, [, c]) => sum + c, 0)).toBeCloseTo(1, 9);
  const places = new Map(chances.map(([word], i) => [word, i]));
  const drawn = streams.map((_, i) => places.get(wordOf(params, slot, i)) ?? -1);
  expectChances(drawn, new Map(chances.map(([, c], i) => [i, c])));
};

describe('random policies draw what is documented (chi-squared)', () => {
  it('RandAugment: each of 14 operations at one level, in every slot', () => {
    const drawn = randAugment({ operations: 2, magnitude: 9 }).sample(streams, SIZE);
    const parts = RANDOM_OPERATIONS.flatMap((name) => signed(name, 9 / 30, STANDARD, 1 / 14));
    for (const slot of [0, 1]) expectWords(drawn, slot, parts);
  });

  it('TrivialAugment: each of 14 operations at each of 31 levels', () => {
    const drawn = trivialAugment().sample(streams, SIZE);
    const levels = Array.from({ length: 31 }, (_, i) => i / 30);
    const parts = RANDOM_OPERATIONS.flatMap((name) =>
      levels.flatMap((part) => signed(name, part, WIDE, 1 / 14 / 31)),
    );
    expectWords(drawn, 0, parts);
  });

  it.each(['cifar10', 'imagenet'] as const)(
    'AutoAugment, %s: each pair, its steps by their chances',
    (name) => {
      const drawn = autoAugment({ policy: name }).sample(streams, SIZE);
      for (const slot of [0, 1] as const) {
        const parts = POLICIES[name].flatMap((row): [Change, number][] => {
          const [operation, p, level = 0] = row[slot] as readonly [OperationName, number, number?];
          return [...signed(operation, level / 9, STANDARD, p / 25), [{}, (1 - p) / 25]];
        });
        expectWords(drawn, slot, parts);
      }
    },
  );

  it('AutoAugment does both steps of one pair, independently', () => {
    const drawn = autoAugment({ policy: 'imagenet' }).sample(streams, SIZE);
    const still = wordOfChange({});
    const both = streams.filter((_, i) => [0, 1].every((slot) => wordOf(drawn, slot, i) !== still)).length;
    const rows: readonly SubPolicy[] = POLICIES.imagenet;
    const chance = rows.reduce((sum, [[, first], [, second]]) => sum + first * second, 0) / 25;
    const flags = streams.map((_, i) => (i < both ? 1 : 0));
    expectChances(
      flags,
      new Map([
        [0, 1 - chance],
        [1, chance],
      ]),
    );
  });
});

describe('FixMatch’s strong augmentation', () => {
  const drawn = fixMatchAugment().sample(streams, SIZE);
  /** Rows of a slot. */
  const rows = (key: string, width: number): number[][] =>
    streams.map((_, i) => [...drawn[`0/${key}`]!.data.slice(i * width, (i + 1) * width)]);
  const matrices = rows('matrix', 6);
  const blends = rows('blend', 4);

  it('draws shears, angles and factors uniformly (Kolmogorov-Smirnov)', () => {
    const sheared = matrices.filter(([a, b, , d]) => a === 1 && b !== 0 && d === 0).map(([, b]) => b!);
    expect(sheared.length).toBeGreaterThan(1200);
    expectUniform(sheared, -0.3001, 0.3001);
    const turned = matrices.filter(([, b, , d]) => b !== 0 && d !== 0);
    expectUniform(
      turned.map(([, , , d]) => (Math.asin(d!) * 180) / Math.PI),
      -30.001,
      30.001,
    );
    const factors = blends.filter(([factor]) => factor !== 1).map(([factor]) => factor!);
    expectUniform(factors, 0.05, 0.95);
  });

  it('does each operation equally often, and posterizes to 4 to 8 bits (chi-squared)', () => {
    const tables = rows('levels', 256);
    const kindOf = (i: number): number => {
      const [a, b, c, d, e, f] = matrices[i]!;
      const [factor, grey, mean, smooth] = blends[i]!;
      const [stretch, equalize] = drawn['0/adapt']!.data.slice(2 * i, 2 * i + 2);
      const table = tables[i]!;
      if (b !== 0 && d !== 0) return 1;
      if (b !== 0) return 2;
      if (d !== 0) return 3;
      if (c !== 0.5) return 4;
      if (f !== 0.5) return 5;
      if (factor !== 1) return 6 + grey! + 2 * mean! + 3 * smooth!;
      if (stretch === 1) return 10;
      if (equalize === 1) return 11;
      expect([a, e]).toEqual([1, 1]);
      // Solarizing turns the upper levels over, posterizing makes levels equal: 0 where neither does anything.
      if (table.some((v, level) => v !== level)) return table[255] === 0 ? 12 : 13;
      return 0;
    };
    const kinds = streams.map((_, i) => kindOf(i));
    const one = 1 / 14;
    // Content moves by trunc(U(±.3)·side) pixels; 8 bits and a threshold above 255 change nothing.
    const stays = (side: number): number => 1 / (0.3 * side);
    const still = one * (1 + stays(SIZE[0]) + stays(SIZE[1]) + 1 / 5 + 1 / 256);
    const chances = new Map(Array.from({ length: 14 }, (_, kind) => [kind, one]));
    chances.set(0, still);
    chances.set(4, one * (1 - stays(SIZE[1])));
    chances.set(5, one * (1 - stays(SIZE[0])));
    chances.set(12, (one * 255) / 256);
    chances.set(13, (one * 4) / 5);
    expectChances(kinds, chances);
    const distinct = tables.filter((_, i) => kinds[i] === 13).map((table) => Math.log2(new Set(table).size));
    expectChances(distinct, new Map([4, 5, 6, 7].map((bits) => [bits, 1 / 4])));
  });

  it('places its hole anywhere', () => {
    expectChances(drawn['y']!.data, new Map(Array.from({ length: 40 }, (_, i) => [i, 1 / 40])));
    expectChances(drawn['x']!.data, new Map(Array.from({ length: 48 }, (_, i) => [i, 1 / 48])));
    expectUniform(drawn['half']!.data, 0, 12);
  });
});
