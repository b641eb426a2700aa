import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sideBySide, type Outcome } from './sideBySide.ts';

/** Does tasks that take so many turns of the event loop each, and writes down when they begin and end. */
const follow = async (
  turns: readonly number[],
  jobs: number,
  {
    before = () => undefined,
    ends = () => true,
  }: {
    before?: (task: number) => number | undefined;
    ends?: (task: number) => boolean;
  } = {},
): Promise<{ outcome: Outcome<number>; story: string[]; most: number }> => {
  const story: string[] = [];
  let [now, most] = [0, 0];
  const run = async (task: number): Promise<boolean> => {
    story.push(`begin ${task}`);
    most = Math.max(most, ++now);
    for (let i = 0; i < turns[task]!; i++) await new Promise((next) => setImmediate(next));
    now--;
    const good = ends(task);
    story.push(`end ${task}`);
    return good;
  };
  const outcome = await sideBySide([...turns.keys()], { jobs, before, run });
  return { outcome, story, most };
};

describe('sideBySide', () => {
  it('does every task once, never more at a time than there are jobs, none before what it waits for', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(3), { maxLength: 12 }),
        fc.integer({ min: 1, max: 4 }),
        fc.func(fc.nat(20)),
        async (turns, jobs, choose) => {
          // A task may wait for an earlier one, or for none.
          const before = (task: number): number | undefined => {
            const other = choose(task);
            return other < task ? other : undefined;
          };
          const { outcome, story, most } = await follow(turns, jobs, { before });
          expect(outcome).toEqual({ interrupted: false, failed: [], skipped: [] });
          expect(most).toBe(Math.min(most, jobs));
          for (const task of turns.keys()) {
            expect(story.filter((line) => line === `begin ${task}`)).toHaveLength(1);
            const first = before(task);
            if (first !== undefined)
              expect(story.indexOf(`end ${first}`)).toBeLessThan(story.indexOf(`begin ${task}`));
          }
        },
      ),
    ));

  it('one by one keeps the order', async () =>
    expect((await follow([2, 0], 1)).story).toEqual(['begin 0', 'end 0', 'begin 1', 'end 1']));

  it('begins none after an interruption, and waits for those that run', async () => {
    const { outcome, story } = await follow([1, 3, 0], 2, { ends: (task) => task !== 0 });
    expect(outcome).toMatchObject({ interrupted: true, failed: [] });
    expect(story).toEqual(['begin 0', 'begin 1', 'end 0', 'end 1']);
  });

  it('goes on after tasks that failed, but for those that wait for them, near and far', async () => {
    const failing = (task: number): boolean => {
      if (task === 0) throw new Error('no disk');
      return true;
    };
    const before = (task: number): number | undefined => ({ 1: 0, 2: 1, 4: 3 })[task];
    for (const jobs of [1, 3]) {
      const { outcome, story } = await follow([1, 0, 0, 2, 0], jobs, { before, ends: failing });
      expect(outcome).toMatchObject({ interrupted: false, failed: [{ task: 0 }], skipped: [1, 2] });
      expect(outcome.failed.map(({ error }) => String(error))).toEqual(['Error: no disk']);
      expect(story.filter((line) => line.startsWith('begin'))).toEqual(['begin 0', 'begin 3', 'begin 4']);
    }
  });
});
