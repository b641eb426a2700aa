import { readFileSync } from 'node:fs';

/** Nanoseconds that this thread has spent on a CPU (Linux): other work on the machine does not count. */
const onCpu = (): bigint => BigInt(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]!);

/** Does the work and gives the longest turn of the event loop meanwhile, in ms of this thread's CPU time. */
const longestTurn = async (work: () => unknown): Promise<number> => {
  let longest = 0n;
  let last = onCpu();
  let done = false;
  const look = (): void => {
    const now = onCpu();
    if (now - last > longest) longest = now - last;
    last = now;
  };
  const watch = (): void => {
    look();
    if (!done) setImmediate(watch);
  };
  setImmediate(watch);
  try {
    await Promise.resolve().then(work);
    look();
  } finally {
    done = true;
  }
  return Number(longest) / 1e6;
};

/** The longest turn that people may notice, in ms. */
export const LONGEST = 50;

/** Milliseconds of CPU time that `pace` takes where nothing shares the processor's core. */
const USUAL_PACE = 10;

/** What a fixed piece of work takes now: neighbours on the core slow all work down, some of it by half. */
const pace = (): number => {
  const from = onCpu();
  let sum = 0;
  for (let i = 0; i < 1e6; i++) sum += Math.exp(-(i % 97));
  if (!(sum > 0)) throw new Error('The work was not done.');
  return Number(onCpu() - from) / 1e6;
};

/**
 * The work's longest turn in ms, when its code is compiled, at the processor's usual pace: the best of six further times where
 * one is too long. What `prepare` makes for each time is not counted.
 */
export const turnOf = async <T>(
  work: (prepared: T) => unknown,
  prepare: () => T | Promise<T> = () => undefined as T,
): Promise<number> => {
  await work(await prepare());
  pace();
  let best = Infinity;
  for (let i = 0; i < 6 && best >= LONGEST; i++) {
    const prepared = await prepare();
    const turn = await longestTurn(() => work(prepared));
    best = Math.min(best, turn / Math.max(1, pace() / USUAL_PACE));
  }
  return best;
};
