import { describe, expect, it } from 'vitest';
import { fewest } from './fewest.ts';

describe('the fewest that are enough', () => {
  it('are found for every count, in few tries', async () => {
    for (const most of [1, 2, 3, 53, 120])
      for (let wanted = 1; wanted <= most; wanted++) {
        let tries = 0;
        const found = await fewest(most, (count) => {
          tries++;
          return Promise.resolve(count >= wanted);
        });
        expect(found, `${wanted} of ${most}`).toBe(wanted);
        expect(tries).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(most)) + 1);
      }
  });

  it('are all where nothing less is enough', async () => {
    expect(await fewest(7, () => Promise.resolve(false))).toBe(7);
  });
});
