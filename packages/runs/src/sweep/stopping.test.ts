import { describe, expect, it } from 'vitest';
import { barsOf, stoppedAfter, type Curve } from './stopping.ts';

/** Four runs of ten epochs that rise to .4, .6, .8 and 1. */
const earlier: Curve[] = [0.4, 0.6, 0.8, 1].map((end) =>
  Array.from({ length: 10 }, (_, e) => (end * (e + 1)) / 10),
);

describe('the median rule', () => {
  it('asks for what half of the earlier runs had reached, after grace and before the last epoch', () => {
    const bars = barsOf({ stop: 'median', grace: 3 }, 10, earlier);
    expect(bars.slice(0, 2)).toEqual([undefined, undefined]);
    expect(bars[2]).toBeCloseTo(0.24);
    expect(bars).toHaveLength(9);
  });

  it('says nothing of three runs, nor of an epoch that only three came to', () => {
    expect(barsOf({ stop: 'median', grace: 1 }, 4, earlier.slice(1))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    const short = [earlier[0]!.slice(0, 2), ...earlier.slice(1)];
    const bars = barsOf({ stop: 'median', grace: 1 }, 4, short);
    expect(bars.map((bar) => bar !== undefined)).toEqual([true, true, false]);
  });
});

describe('successive halving', () => {
  it('asks for the best third at its rungs alone', () => {
    const bars = barsOf({ stop: 'asha', grace: 1 }, 12, [...earlier, earlier[3]!, earlier[3]!]);
    expect(bars.map((bar, epoch) => (bar === undefined ? -1 : epoch)).filter((epoch) => epoch >= 0)).toEqual([
      0, 2, 8,
    ]);
    expect(bars[2]).toBeCloseTo(0.3);
  });
});

describe('a run', () => {
  it('is stopped where it is below its bar, and not for wavering after it was good', () => {
    const bars = barsOf({ stop: 'median', grace: 1 }, 10, earlier);
    expect(stoppedAfter([0.09, 0.1, 0.1], bars)).toBe(1);
    expect(stoppedAfter([0.5, 0.1, 0.1], bars)).toBeUndefined();
    expect(stoppedAfter([NaN], bars)).toBe(0);
    expect(stoppedAfter([], bars)).toBeUndefined();
  });

  it('goes on where nothing is asked', () => {
    expect(stoppedAfter([0, 0], barsOf({ stop: 'none', grace: 1 }, 10, earlier))).toBeUndefined();
  });

  it('is stopped by no bar that runs without a number made', () => {
    const none = Array.from({ length: 5 }, () => [NaN, NaN, NaN]);
    expect(stoppedAfter([NaN, NaN], barsOf({ stop: 'median', grace: 1 }, 3, none))).toBeUndefined();
  });
});
