import { float32, type NdArray } from '../../contracts/arrays.ts';
import type { WorkerSpeed } from '../../contracts/events.ts';
import type { SumTimes } from '../../contracts/runner.ts';
import type { Workers } from '../../contracts/workers.ts';

/** How the time of a step went, in seconds. */
export interface StepTime {
  /** From asking for the batch to having the step's outputs. */
  readonly seconds: number;
  readonly waited: number;
  /** Of a step whose ops were timed. */
  readonly sums?: SumTimes | undefined;
}

/** What each worker measures of itself, and the first one tells of all. */
export interface Speeds {
  /** Whether the ops of the next step are timed: the second one of a process, and every fiftieth after it. */
  readonly isTimed: () => boolean;
  /** This worker's numbers among zeros [3 · size], which the next step adds up. */
  readonly own: () => NdArray;
  /** Takes a step in. Of the step after one that was timed: what all workers have told, means since the last time. */
  readonly add: (
    time: StepTime,
    heard: NdArray | undefined,
    images: number,
  ) => readonly WorkerSpeed[] | undefined;
  /** Means of what was told since the last call; undefined where nothing was. */
  readonly mean: () => readonly WorkerSpeed[] | undefined;
}

const EVERY = 50;
/** The first step of a process is traced and compiled. */
const FIRST = 1;
const NUMBERS = 3;

const share = (part: number, whole: number): number =>
  whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 0;

/** Means of the same worker's numbers. */
const meanOf = (all: readonly (readonly WorkerSpeed[])[]): readonly WorkerSpeed[] | undefined => {
  const [first] = all;
  return first?.map((_, rank) => {
    const of = (key: keyof WorkerSpeed): number =>
      all.reduce((sum, speeds) => sum + (speeds[rank]?.[key] ?? NaN), 0) / all.length;
    return { imagesPerSecond: of('imagesPerSecond'), waiting: of('waiting'), inSums: of('inSums') };
  });
};

/** What a step heard of so many workers: the mean over them of numbers that one of them gave. */
const speedsIn = ({ data }: NdArray, size: number, images: number): WorkerSpeed[] =>
  Array.from({ length: size }, (_, i) => {
    const own = data.subarray(i * NUMBERS, (i + 1) * NUMBERS);
    const [seconds = 0, waiting = 0, inSums = 0] = Array.from(own, (x) => x * size);
    return { imagesPerSecond: images / size / (seconds * (1 - waiting - inSums)), waiting, inSums };
  });

export const crewSpeeds = ({ size, rank }: Pick<Workers, 'size' | 'rank'>): Speeds => {
  let [steps, counted, seconds, waited, inSums] = [0, 0, 0, 0, 0];
  let told: (readonly WorkerSpeed[])[] = [];
  const at = (step: number): boolean => step % EVERY === FIRST;
  /** Seconds of a step, and the shares of waiting and of sums. */
  const numbers = (): [number, number, number] => {
    const [mean, idle] = [seconds / Math.max(1, counted), share(waited, seconds)];
    return [mean, idle, inSums * (1 - idle)];
  };
  return {
    isTimed: () => at(steps),
    own() {
      const all = new Float32Array(NUMBERS * size);
      all.set(numbers(), NUMBERS * rank);
      return float32(all, [all.length]);
    },
    add(time, heard, images) {
      const isTold = at(steps - 1) && heard !== undefined;
      if (isTold) [counted, seconds, waited] = [0, 0, 0];
      if (steps >= FIRST)
        [counted, seconds, waited] = [counted + 1, seconds + time.seconds, waited + time.waited];
      if (time.sums) inSums = share(time.sums.inSums - time.sums.hidden, time.sums.seconds);
      steps++;
      if (!isTold) return undefined;
      const speeds = speedsIn(heard, size, images);
      told.push(speeds);
      return speeds;
    },
    mean() {
      const mean = meanOf(told);
      told = [];
      return mean;
    },
  };
};
