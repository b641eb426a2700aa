import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choose, contenders, MOST_ROUNDS } from './contenders.ts';

const PRECISIONS = ['float32', 'bfloat16', 'bfloat16-stored'] as const;
const noise = fc.double({ min: 1, max: 5, noNaN: true });

/** What would be measured of steps that take so long, where each round is disturbed in its own way. */
const measure = (steps: readonly number[], disturbed: readonly number[]): number[][] => {
  const measured: number[][] = steps.map(() => []);
  for (const factor of disturbed) {
    for (const i of contenders(measured)) measured[i]?.push((steps[i] ?? NaN) * factor);
  }
  return measured;
};

describe('the precision that auto takes', () => {
  it('is the fastest, however rounds were disturbed', () => {
    const rounds = fc.array(noise, { minLength: MOST_ROUNDS, maxLength: MOST_ROUNDS });
    const share = fc.double({ min: 0.5, max: 2, noNaN: true });
    fc.assert(
      fc.property(rounds, share, share, (disturbed, pairs, stored) => {
        const { chosen } = choose(PRECISIONS, measure([100, 100 * pairs, 100 * stored], disturbed));
        const least = Math.min(pairs, stored);
        fc.pre(Math.abs(least - 0.98) > 1e-9 && pairs !== stored);
        expect(chosen).toBe(least > 0.98 ? 'float32' : pairs < stored ? 'bfloat16' : 'bfloat16-stored');
      }),
    );
  });

  it('is not told by the luck of one step', () => {
    const lucky = [...Array<number>(MOST_ROUNDS - 1).fill(100), 60];
    const measured = [Array<number>(MOST_ROUNDS).fill(100), lucky];
    expect(choose(['float32', 'bfloat16-stored'], measured).chosen).toBe('float32');
  });

  it('is float32 where nothing was measured beside it', () => {
    expect(choose(['float32'], [[100]])).toEqual({ chosen: 'float32', milliseconds: { float32: 100 } });
  });
});

describe('the measuring', () => {
  it('leaves out what is far behind, and ends where nothing is left to compare', () => {
    const quiet = Array<number>(MOST_ROUNDS).fill(1);
    expect(measure([100, 150, 104], quiet).map((times) => times.length)).toEqual([
      MOST_ROUNDS,
      3,
      MOST_ROUNDS,
    ]);
    expect(measure([100, 150, 120], quiet).map((times) => times.length)).toEqual([3, 3, 3]);
  });

  it('takes half of the rounds where steps are long', () => {
    const quiet = Array<number>(MOST_ROUNDS).fill(1);
    expect(measure([1400, 2100, 1300], quiet).map((times) => times.length)).toEqual([6, 3, 6]);
    expect(measure([100, 150, 95], quiet).map((times) => times.length)).toEqual([
      MOST_ROUNDS,
      3,
      MOST_ROUNDS,
    ]);
  });
});
