import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Contestant } from './contestant.ts';

/** What is known of a contestant when all rounds are over. Times in milliseconds a step, memory in bytes. */
export interface Row {
  readonly name: string;
  /** Why it could not go on; the numbers are those from before. */
  readonly failed?: string;
  readonly wall: number;
  readonly cpu: number;
  /** Median of the rounds' own ratios to the first contestant, by time and by CPU time. */
  readonly slower: number;
  readonly slowerCpu: number;
  /** From the process's start to the end of its first step. */
  readonly first: number;
  readonly memory: number;
  readonly loss: number;
  /** Share of the time spent waiting for the loader, where one is measured. */
  readonly waiting?: number;
}

export interface RaceOptions {
  readonly rounds: number;
  readonly warmup: number;
  readonly say: (line: string) => void;
}

export const median = (numbers: readonly number[]): number => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/** Asked before its process ends; NaN where it has ended. */
const peakOf = async (one: Contestant): Promise<number> =>
  one.failed === undefined ? (await one.ask('memory')).memory : NaN;

const rowOf = (one: Contestant, first: Contestant, memory: number): Row => {
  const of = (key: 'wall' | 'cpu' | 'waiting'): number[] =>
    one.steps.flatMap(({ [key]: value }) => (value === undefined ? [] : [value]));
  const ratios = (key: 'wall' | 'cpu'): number =>
    median(one.steps.flatMap((step, i) => (first.steps[i] ? [step[key] / first.steps[i][key]] : [])));
  const waiting = of('waiting');
  return {
    ...{ name: one.name, wall: median(of('wall')), cpu: median(of('cpu')) },
    ...{ slower: ratios('wall'), slowerCpu: ratios('cpu'), first: one.first, memory },
    loss: one.steps.at(-1)?.loss ?? NaN,
    ...(waiting.length > 0 && { waiting: median(waiting) }),
    ...(one.failed !== undefined && { failed: one.failed }),
  };
};

const begin = async (one: Contestant, say: RaceOptions['say']): Promise<void> => {
  const { ready, parameters } = await one.begin();
  say(`${one.name}: ${one.failed ?? `${ready}, ${parameters} parameters`}`);
};

/** Milliseconds between turns: threads of whoever went before may look for work for as long as 200 of them, as OpenMP's do. */
const REST = 300;

/** A step of one, kept unless it is to warm up; how it went. */
const step = async (one: Contestant, keep: boolean): Promise<string> => {
  const answer: Answer = await one.ask('step');
  if (answer.failed !== undefined) return `${one.name} cannot: ${answer.failed}`;
  if (keep) one.steps.push(answer);
  return `${one.name} ${answer.wall.toFixed(0)} ms`;
};

/** The contestants from another one on in each round, so that none always follows the same neighbour. */
const turned = (contestants: readonly Contestant[], round: number): Contestant[] => {
  const turn = Math.abs(round) % contestants.length;
  return [...contestants.slice(turn), ...contestants.slice(0, turn)].filter(
    (one) => one.failed === undefined,
  );
};

/** Lets all of them take turns, a step each a round; what one cannot do is in its row. Their processes end with it. */
export const race = async (
  contestants: readonly Contestant[],
  { rounds, warmup, say }: RaceOptions,
): Promise<Row[]> => {
  for (const one of contestants) await begin(one, say);
  for (let round = -warmup; round < rounds; round++) {
    const said: string[] = [];
    for (const one of turned(contestants, round)) {
      await sleep(REST);
      said.push(await step(one, round >= 0));
    }
    say(`${round < 0 ? 'warm-up' : `round ${round + 1}`}: ${said.join(', ')}`);
  }
  const rows: Row[] = [];
  for (const one of contestants) rows.push(rowOf(one, contestants[0]!, await peakOf(one)));
  for (const one of contestants) await one.end();
  return rows;
};

/** Steps that one takes before the next one's turn. */
const BLOCK = 3;

/**
 * The same for contestants that have no room beside each other: one process at a time takes a block of steps, then the next one's begins,
 * until each has taken `rounds` steps.
 */
export const raceByBlocks = async (
  contestants: readonly Contestant[],
  { rounds, warmup, say }: RaceOptions,
): Promise<Row[]> => {
  const peaks = new Map<Contestant, number>();
  for (let block = 0; block * BLOCK < rounds; block++)
    for (const one of turned(contestants, block)) {
      await begin(one, say);
      const said: string[] = [];
      for (let i = -warmup; i < BLOCK && one.failed === undefined; i++) said.push(await step(one, i >= 0));
      say(`block ${block + 1}: ${said.join(', ')}`);
      peaks.set(one, Math.max(peaks.get(one) ?? 0, await peakOf(one)));
      await one.end();
    }
  return contestants.map((one) => rowOf(one, contestants[0]!, peaks.get(one) ?? NaN));
};
