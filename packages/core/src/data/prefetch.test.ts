import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { float32, type NdArrays } from '../contracts/arrays.ts';
import { prefetch } from './prefetch.ts';

const batchOf = (step: number): NdArrays => ({ step: float32([step], []) });

describe('batches', () => {
  it('of the next two steps are begun once one is taken, none beyond the last, and each once', async () => {
    const begun: number[] = [];
    const batches = prefetch((step) => {
      begun.push(step);
      return Promise.resolve(batchOf(step));
    }, 4);
    const seen: number[][] = [];
    for (let step = 0; step < 4; step++) {
      expect(await batches.take(step)).toEqual(batchOf(step));
      seen.push([...begun]);
    }
    expect(seen).toEqual([
      [0, 1, 2],
      [0, 1, 2, 3],
      [0, 1, 2, 3],
      [0, 1, 2, 3],
    ]);
  });

  it('that fail ahead of their turn are reported when it comes, and not before', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', note);
    const batches = prefetch(
      (step) => (step === 1 ? Promise.reject(new Error('bad image')) : Promise.resolve(batchOf(step))),
      3,
    );
    await batches.take(0);
    await sleep(5);
    await expect(batches.take(1)).rejects.toThrow('bad image');
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('that are under way are waited for in the end', async () => {
    let done = 0;
    const batches = prefetch(async (step) => {
      if (step > 0) await sleep(5);
      done += 1;
      return batchOf(step);
    }, 9);
    await batches.take(0);
    expect(done).toBe(1);
    await batches.settle();
    expect(done).toBe(3);
  });
});
