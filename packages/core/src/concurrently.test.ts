import { expect, it } from 'vitest';
import { concurrently } from './concurrently.ts';

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const numbers = (n: number): number[] => [...Array(n).keys()];

it('gives results in order and keeps to the limit', async () => {
  let running = 0;
  let most = 0;
  const results = await concurrently(numbers(10), 3, async (i) => {
    most = Math.max(most, ++running);
    await later((i * 7) % 5);
    running--;
    return i * i;
  });
  expect(results).toEqual([0, 1, 4, 9, 16, 25, 36, 49, 64, 81]);
  expect(most).toBe(3);
});

it('starts no more work after an error', async () => {
  let started = 0;
  const work = concurrently(numbers(100), 2, async (i) => {
    started++;
    await later(1);
    if (i === 3) throw new Error('third');
  });
  await expect(work).rejects.toThrow('third');
  await later(10);
  expect(started).toBeLessThan(8);
});

it('throws when nothing runs any more', async () => {
  let running = 0;
  const work = concurrently(numbers(10), 3, async (i) => {
    running++;
    await later(i === 0 ? 1 : 5);
    running--;
    if (i === 0) throw new Error('first');
  });
  await expect(work).rejects.toThrow('first');
  expect(running).toBe(0);
});

it('does nothing for nothing', async () => {
  expect(await concurrently([], 4, () => Promise.reject(new Error('never')))).toEqual([]);
});
