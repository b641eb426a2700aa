import { expect, it } from 'vitest';
import { concurrently, oneByOne } from './concurrently.ts';

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

it('does work one by one, in the order in which it was given, also after one that failed', async () => {
  const next = oneByOne();
  const log: string[] = [];
  const work = (name: string, ms: number) => async (): Promise<string> => {
    log.push(`${name} begins`);
    await later(ms);
    log.push(`${name} ends`);
    if (name === 'b') throw new Error('b fails');
    return name;
  };
  const given = [next(work('a', 5)), next(work('b', 1)), next(work('c', 0)), next(() => 'd')];
  const [a, b, c, d] = await Promise.allSettled(given);
  expect([a, c, d]).toMatchObject(['a', 'c', 'd'].map((value) => ({ value })));
  expect(b).toMatchObject({ reason: { message: 'b fails' } });
  expect(log).toEqual(['a', 'b', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`]));
});
