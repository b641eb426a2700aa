import { float32 } from '../../contracts/arrays.ts';
import type { Runner } from '../../contracts/runner.ts';
import type { Workers } from '../../contracts/workers.ts';

/** What the first worker tells the others when it is done with what it does for all: go on, or the run has ended. */
type Word = 'go-on' | 'end';

/** How workers wait for the first one. */
export interface Waiting {
  /** Of the first worker: from now on it is busy, and says so every few seconds. `tell` ends that. */
  readonly keepWaiting: () => { readonly tell: (word: Word) => Promise<void> };
  /** Of the others: waits until the first one is done. */
  readonly waitForFirst: () => Promise<Word>;
  readonly dispose: () => void;
}

/** How often the first worker says that it is busy, in ms: well below what the others wait in a sum. */
const EVERY = 5000;
const BUSY = 1;
const NUMBERS: Readonly<Record<Word, number>> = { 'go-on': 2, end: 3 };

/** Says something over and over, until it is ended; ending it waits for what is under way, and rejects with what went wrong. */
const repeating = (say: () => Promise<unknown>): { readonly end: () => Promise<void> } => {
  const controller = new AbortController();
  const { signal } = controller;
  const talk = async (): Promise<void> => {
    for (;;) {
      await pause(EVERY, signal);
      if (signal.aborted) return;
      await say();
    }
  };
  const talking = talk();
  talking.catch(() => undefined); // it is told at the end
  return {
    end: () => {
      controller.abort();
      return talking;
    },
  };
};

/** Some ms, or until a signal comes. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const stop = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      resolve();
    };
    const timer = setTimeout(stop, ms);
    signal.addEventListener('abort', stop);
  });

/** How the first worker keeps the others waiting while it works for all, and tells them what comes of it. */
export const wordBy = (runner: Runner, workers: Workers): Waiting => {
  const step = runner.step('word', ({ said }) => ({ heard: workers.sum(said!) }));
  const say = async (number: number): Promise<number> => {
    const { heard } = await step.run({ said: float32([number], [1]) });
    return heard!.data[0]!;
  };
  return {
    keepWaiting() {
      const { end } = repeating(() => say(BUSY));
      return {
        async tell(word) {
          await end();
          await say(NUMBERS[word]);
        },
      };
    },
    async waitForFirst() {
      for (;;) {
        const heard = await say(0);
        if (heard === NUMBERS.end) return 'end';
        if (heard === NUMBERS['go-on']) return 'go-on';
      }
    },
    dispose: () => step.dispose(),
  };
};
