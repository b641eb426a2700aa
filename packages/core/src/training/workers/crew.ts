import { float32 } from '../../contracts/arrays.ts';
import type { Runner, Step } from '../../contracts/runner.ts';
import { alone, type Workers } from '../../contracts/workers.ts';
import { chain, nameHash, type Words } from '../../data/nameHash.ts';
import { UnderstoryError } from '../../errors.ts';
import { byName, type Named } from '../../named.ts';
import { gatherRows } from '../../ops/gatherRows.ts';
import { wordBy, type Waiting } from './word.ts';

/** Several workers of one run, between their steps. */
export interface Crew extends Waiting {
  readonly size: number;
  readonly rank: number;
  /** Errors: `workers-differ`, where texts of the same name are not the same on all; it names the worker. */
  meet(about: Named<string>): Promise<void>;
}

/** Whole numbers below 2^16, which a float32 holds exactly. */
const halves = (text: string): number[] => {
  const [high, low]: Words = chain(nameHash(text), nameHash(`${text} again`));
  return [high >>> 16, high & 0xffff, low >>> 16, low & 0xffff];
};

const differ = (what: string, rank: number): UnderstoryError =>
  new UnderstoryError(
    'workers-differ',
    `Worker ${rank} differs from worker 0 in its ${what}. All workers of a run need the same command, config, version, data ` +
      `and checkpoint: start worker ${rank} like the others.`,
  );

const meetingStep = (runner: Runner, workers: Workers): Step =>
  runner.step('meet', (inputs) => ({ all: gatherRows(byName(inputs, 'mine'), workers) }));

/** Undefined where one process trains. */
export const crewOf = (runner: Runner): Crew | undefined => {
  const { workers = alone } = runner;
  const { size, rank } = workers;
  if (size === 1) return undefined;
  const meeting = meetingStep(runner, workers);
  const { keepWaiting, waitForFirst, dispose } = wordBy(runner, workers);
  return {
    ...{ size, rank, keepWaiting, waitForFirst },
    async meet(about) {
      const names = Object.keys(about);
      const mine = Object.values(about).flatMap(halves);
      const { all } = await meeting.run({ mine: float32(mine, [1, mine.length]) });
      for (let other = 1; other < size; other++) {
        const at = mine.findIndex((_, i) => all!.data[i] !== all!.data[other * mine.length + i]);
        const what = names[Math.floor(at / 4)];
        if (what !== undefined) throw differ(what, other);
      }
    },
    dispose() {
      meeting.dispose();
      dispose();
    },
  };
};
