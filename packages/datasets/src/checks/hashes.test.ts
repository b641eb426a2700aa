import type { Picture } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { correlation, greyCells, isPlain, mirroredCells } from './greyCells.ts';
import { nearPairs, hashTable, type Candidate, type HashTable } from './nearPairs.ts';
import {
  correlationCells,
  dHash,
  hashText,
  pHash,
  pictureHashes,
  type PictureHashes,
} from './perceptualHash.ts';
import { noise } from './stream.test.support.ts';

const plain = (value: number, height = 20, width = 30): Picture => ({
  data: new Uint8Array(height * width * 3).fill(value),
  height,
  width,
});

const mirrored = ({ data, height, width }: Picture): Picture => ({
  data: Uint8Array.from(data, (_, i) => {
    const [p, c] = [Math.floor(i / 3), i % 3];
    return data[(Math.floor(p / width) * width + width - 1 - (p % width)) * 3 + c]!;
  }),
  height,
  width,
});

/** Waves of a few pixels, as photographs have; `shift` makes another one. */
const waves = (height: number, width: number, shift = 0): Picture => ({
  data: Uint8Array.from({ length: height * width * 3 }, (_, i) => {
    const [y, x] = [Math.floor(i / 3 / width) / height, (Math.floor(i / 3) % width) / width];
    return 120 + 60 * Math.sin(5 * x + shift) + 50 * Math.cos(7 * y * (1 + shift) + 2 * x);
  }),
  height,
  width,
});

/** Means of cells by counting every pixel w·h times, in as many parts. */
const slowCells = ({ data, height, width }: Picture, rows: number, columns: number): number[] =>
  Array.from({ length: rows * columns }, (_, cell) => {
    const [i, j] = [Math.floor(cell / columns), cell % columns];
    let sum = 0;
    for (let y = height * i; y < height * (i + 1); y++)
      for (let x = width * j; x < width * (j + 1); x++) {
        const at = (Math.floor(y / rows) * width + Math.floor(x / columns)) * 3;
        sum += 299 * data[at]! + 587 * data[at + 1]! + 114 * data[at + 2]!;
      }
    return sum;
  });

describe('grey in cells of equal area', () => {
  it.each([
    [40, 57, 8, 9],
    [5, 3, 8, 9],
    [32, 32, 32, 32],
    [7, 64, 3, 5],
  ])('is exact for %i × %i pixels in %i × %i cells', (height, width, rows, columns) => {
    const picture = noise(height, width, 7);
    const [cells] = greyCells(picture, [[rows, columns]]);
    expect([...cells!.sums]).toEqual(slowCells(picture, rows, columns));
    expect(cells!.weight).toBe(1000 * height * width);
  });

  it('of a mirrored picture is the mirrored grey, to the bit', () => {
    const picture = noise(13, 22, 3);
    const [cells] = greyCells(picture, [[8, 9]]);
    const [other] = greyCells(mirrored(picture), [[8, 9]]);
    expect([...mirroredCells(cells!).sums]).toEqual([...other!.sums]);
  });
});

describe('hashes of pictures', () => {
  it('are those that were published for a picture of noise', () => {
    const hashes = pictureHashes(noise(40, 57, 770));
    expect([hashText(hashes!.own.dHash), hashText(hashes!.own.pHash)]).toEqual([
      'b15865d1aab7aa12',
      '984bf77859336416',
    ]);
  });

  it('have none for a picture of one colour, which hashes to 0 and 8000000000000000', () => {
    expect(pictureHashes(plain(200))).toBeUndefined();
    const [d, p] = greyCells(plain(200), [
      [8, 9],
      [32, 32],
    ]);
    expect(isPlain(p!)).toBe(true);
    expect([hashText(dHash(d!)), hashText(pHash(p!))]).toEqual(['0000000000000000', '8000000000000000']);
  });

  it('hold the hashes of the mirror image', () => {
    const picture = waves(60, 80);
    expect(pictureHashes(picture)!.mirrored).toEqual(pictureHashes(mirrored(picture))!.own);
  });

  it('have 32 bits of the cosine hash set, so that distances are even', () => {
    const bits = hashText(pictureHashes(noise(40, 57, 770))!.own.pHash);
    expect(BigInt(`0x${bits}`).toString(2).replaceAll('0', '')).toHaveLength(32);
  });
});

describe('near pairs', () => {
  const own = (picture: Picture): PictureHashes | undefined => pictureHashes(picture)?.own;
  const tableOf = (all: readonly (PictureHashes | undefined)[]): HashTable => {
    const table = hashTable(all.length);
    all.forEach((one, i) => one && table.set(i, one));
    return table;
  };
  const slowDistance = (a: PictureHashes, b: PictureHashes, of: 'dHash' | 'pHash'): number =>
    a[of].reduce(
      (sum, half, i) => sum + ((half ^ b[of][i]!) >>> 0).toString(2).replaceAll('0', '').length,
      0,
    );

  it('are found as comparing every bit of every pair finds them', async () => {
    const a = Array.from({ length: 12 }, (_, i) => own(waves(32, 32, i / 40)));
    const b = Array.from({ length: 15 }, (_, i) => own(waves(48, 40, i / 30)));
    const expected: Candidate[] = a.flatMap((one, i) =>
      b.flatMap((other, j) => {
        const [d, p] = [slowDistance(one!, other!, 'dHash'), slowDistance(one!, other!, 'pHash')];
        return d <= 6 || p <= 8 ? [{ a: i, b: j, dHash: d, pHash: p }] : [];
      }),
    );
    const { candidates, dropped } = await nearPairs(tableOf(a), tableOf(b));
    expect(candidates).toEqual(expected);
    expect(expected.length).toBeGreaterThan(10);
    expect(expected.length).toBeLessThan(170);
    expect(dropped).toBe(0);
  });

  it('differ in at most 8 bits of the cosine hash, or 6 of the gradient hash, wherever these lie', async () => {
    const bits = (n: number): number => (n === 0 ? 0 : 0xffffffff >>> (32 - n));
    const split = (n: number, high: number): [number, number] => [
      bits(Math.min(n, high)),
      bits(n - Math.min(n, high)),
    ];
    const none: PictureHashes = { dHash: [0, 0], pHash: [0, 0] };
    const cases = [6, 7, 20].flatMap((d) =>
      [8, 9, 10, 30].flatMap((p) => [0, 3, 30].map((high) => ({ d, p, high }))),
    );
    const others = cases.map(({ d, p, high }) => ({ dHash: split(d, high), pHash: split(p, high) }));
    const { candidates } = await nearPairs(tableOf([none]), tableOf(others));
    expect(candidates.map(({ b, dHash: d, pHash: p }) => [b, d, p])).toEqual(
      cases.flatMap(({ d, p }, b) => (d <= 6 || p <= 8 ? [[b, d, p]] : [])),
    );
  });

  it('leave out pictures of one colour', async () => {
    const table = tableOf([own(plain(10)), own(waves(20, 20))]);
    const { candidates } = await nearPairs(table, table);
    expect(candidates.map(({ a, b }) => [a, b])).toEqual([[1, 1]]);
  });
});

describe('correlation of two pictures', () => {
  const of = (a: Picture, b: Picture): number => correlation(correlationCells(a), correlationCells(b));

  it('is 1 for one picture in two sizes and brightnesses, −1 for its negative, 0 beside one colour', () => {
    const picture = waves(64, 64);
    const half = (value: number): number => Math.round(value / 2);
    expect(of(picture, { ...picture, data: picture.data.map(half) })).toBeGreaterThan(0.999);
    expect(of(picture, { ...picture, data: picture.data.map((v) => 255 - v) })).toBeCloseTo(-1, 9);
    expect(of(picture, plain(3))).toBe(0);
    expect(Math.abs(of(noise(64, 64, 1), noise(64, 64, 2)))).toBeLessThan(0.15);
  });
});
