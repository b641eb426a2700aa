import { describe, expect, it } from 'vitest';
import { float32, int32, uint8 } from '../contracts/arrays.ts';
import type { Augmentation } from '../contracts/augmentation.ts';
import { seedOf, type Rng } from '../random.ts';
import { sampleInParts } from './sampleInParts.ts';

/** Draws arrays of every type, and notes how many images it was asked for at a time. */
const drawing = (asked: number[]): Augmentation => ({
  name: 'drawing',
  sample(streams) {
    asked.push(streams.length);
    const n = streams.length;
    const each = (draw: (rng: Rng) => number) => streams.flatMap((rng) => [draw(rng), draw(rng)]);
    return {
      share: float32(
        each((rng) => rng.uniform()),
        [n, 2],
      ),
      place: int32(
        each((rng) => rng.integer(-9, 9)),
        [n, 2],
      ),
      noise: uint8(Uint8Array.from(each((rng) => rng.integer(0, 255))), [n, 2, 1]),
    };
  },
  apply: (images) => images,
});

const streams = (n: number): Rng[] => Array.from({ length: n }, (_, i) => seedOf(3).at(i).rng());

describe('sampleInParts', () => {
  it('draws the same numbers in parts as at once', async () => {
    const asked: number[] = [];
    const parts = await sampleInParts(drawing(asked), streams(30), [224, 224]);
    expect(asked).toEqual(Array.from({ length: 10 }, () => 3));
    expect(parts).toEqual(drawing([]).sample(streams(30), [224, 224]));
  });

  it('leaves the event loop free between parts', async () => {
    let turns = 0;
    const count = (): void => {
      turns++;
      immediate = setImmediate(count);
    };
    let immediate = setImmediate(count);
    const asked: number[] = [];
    await sampleInParts(drawing(asked), streams(5), [4096, 4096]);
    clearImmediate(immediate);
    expect(asked).toEqual([1, 1, 1, 1, 1]);
    expect(turns).toBeGreaterThan(3);
  });

  it('draws small batches at once', async () => {
    const asked: number[] = [];
    await sampleInParts(drawing(asked), streams(128), [32, 32]);
    expect(asked).toEqual([128]);
  });
});
