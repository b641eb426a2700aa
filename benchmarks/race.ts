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

const rowOf = async (one: Contestant, first: Contestant): Promise<Row> => {
  const of = (key: 'wall' | 'cpu' | 'waiting'): number[] =>
    one.steps.flatMap(({ [key]: value }) => (value === undefined ? [] : [value]));
  const ratios = (key: 'wall' | 'cpu'): number =>
    median(one.steps.flatMap((step, i) => (first.steps[i] ? [step[key] / first.steps[i][key]] : [])));
  const waiting = of('waiting');
  const memory = one.failed === undefined ? (await one.ask('memory')).memory : NaN;
  return {
    ...{ name: one.name, wall: median(of('wall')), cpu: median(of('cpu')) },
    ...{ slower: ratios('wall'), slowerCpu: ratios('cpu'), first: one.first, memory },
    loss: one.steps.at(-1)?.loss ?? NaN,
    ...(waiting.length > 0 && { waiting: median(waiting) }),
    ...(one.failed !== undefined && { failed: one.failed }),
  };
};

const playRound = async (order: readonly Contestant[], keep: boolean): Promise<string> => {
  const said: string[] = [];
  for (const one of order) {
    if (one.failed !== undefined) continue;
    const answer: Answer = await one.ask('step');
    if (answer.failed !== undefined) said.push(`${one.name} cannot: ${answer.failed}`);
    else said.push(`${one.name} ${answer.wall.toFixed(0)} ms`);
    if (keep && answer.failed === undefined) one.steps.push(answer);
  }
  return said.join(', ');
};

/** Lets all of them take turns, a step each a round; what one cannot do is in its row. Their processes end with it. */
export const race = async (
  contestants: readonly Contestant[],
  { rounds, warmup, say }: RaceOptions,
): Promise<Row[]> => {
  for (const one of contestants) {
    const { ready, parameters } = await one.begin();
    say(`${one.name}: ${one.failed ?? `${ready}, ${parameters} parameters`}`);
  }
  for (let round = -warmup; round < rounds; round++) {
    // Another one begins in each round, so that none always follows the same neighbour.
    const turn = Math.abs(round) % contestants.length;
    const said = await playRound([...contestants.slice(turn), ...contestants.slice(0, turn)], round >= 0);
    say(`${round < 0 ? 'warm-up' : `round ${round + 1}`}: ${said}`);
  }
  const rows: Row[] = [];
  for (const one of contestants) rows.push(await rowOf(one, contestants[0]!));
  for (const one of contestants) one.end();
  return rows;
};
