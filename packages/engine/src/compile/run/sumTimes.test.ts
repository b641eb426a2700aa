import { expect, it } from 'vitest';
import { sumTimesOf } from './sumTimes.ts';

const node = (op: string, start: number, milliseconds: number) => ({ op, start, milliseconds });

it('a sum is hidden while another op runs, and sums side by side count once', () => {
  const times = sumTimesOf([
    node('Conv2D', 100, 400),
    node('CollectiveReduceV2', 300, 400), // to 700
    node('CollectiveReduceV2', 600, 300), // to 900
    node('Mul', 650, 100), // to 750
    node('_Recv', 100, 900), // waits, to 1000
    node('Sub', 950, 150), // to 1100
  ]);
  expect(times).toEqual({ seconds: 1, inSums: 0.6, hidden: 0.3 });
});

it('a step without sums has none', () => {
  expect(sumTimesOf([node('Mul', 5, 10)])).toEqual({ seconds: 0.01, inSums: 0, hidden: 0 });
  expect(sumTimesOf([])).toEqual({ seconds: 0, inSums: 0, hidden: 0 });
});
