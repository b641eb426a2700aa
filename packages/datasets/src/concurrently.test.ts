import { expect, it } from 'vitest';
import { concurrently } from './concurrently.ts';

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it('gives results in order and keeps to the limit', async () => {
  let running = 0;
  let most = 0;
  const results = await concurrently(10, 3, async (i) => {
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
  const work = concurrently(100, 2, async (i) => {
    started++;
    await later(1);
    if (i === 3) throw new Error('third');
  });
  await expect(work).rejects.toThrow('third');
  await later(10);
  expect(started).toBeLessThan(8);
});

it('does nothing for nothing', async () => {
  expect(await concurrently(0, 4, () => Promise.reject(new Error('never')))).toEqual([]);
});
