import { expect, it } from 'vitest';
import type { NdArray } from '../../contracts/arrays.ts';
import { crewSpeeds } from './speeds.ts';

/** What a step makes of what all workers feed: the mean. */
const meanOf = (fed: readonly NdArray[]): NdArray => {
  const [first] = fed;
  const data = Float32Array.from(
    first!.data,
    (_, i) => fed.reduce((sum, f) => sum + f.data[i]!, 0) / fed.length,
  );
  return { ...first!, data };
};

it('workers tell how fast they compute, how long they wait and stand in sums, one step after the ops were timed', () => {
  const crew = [0, 1].map((rank) => crewSpeeds({ size: 2, rank }));
  const told = Array.from({ length: 53 }, (_, step) => {
    const heard = meanOf(crew.map((one) => one.own()));
    const isTimed = crew[0]!.isTimed();
    const each = crew.map((one, rank) => {
      const sums = isTimed ? { seconds: 1, inSums: 0.6, hidden: rank === 0 ? 0.35 : 0.6 } : undefined;
      // The first step is traced and compiled, and counts in nothing.
      return one.add({ seconds: step === 0 ? 100 : 2, waited: rank === 0 ? 0 : 1, sums }, heard, 32);
    });
    return { isTimed, speeds: each[0] };
  });
  expect(told.flatMap(({ isTimed }, step) => (isTimed ? [step] : []))).toEqual([1, 51]);
  expect(told.flatMap(({ speeds }, step) => (speeds ? [step] : []))).toEqual([2, 52]);
  const [first, second] = told[52]!.speeds!;
  expect(first!.imagesPerSecond).toBeCloseTo(16 / (2 * 0.75), 4);
  expect([first!.waiting, first!.inSums]).toEqual([0, 0.25]);
  expect(second!.imagesPerSecond).toBeCloseTo(16, 4);
  expect([second!.waiting, second!.inSums]).toEqual([0.5, 0]);
  expect(crew[0]!.mean()).toHaveLength(2);
  expect(crew[0]!.mean()).toBeUndefined();
});
