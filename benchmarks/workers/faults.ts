/**
 * Kills and freezes workers of `train --workers` at random moments, and holds the ends of the runs to one that nobody disturbed: losses
 * of all steps and weights, to the bit.
 *
 *   npm run bench:faults -- [--workers 2] [--moments 20] [--seed 1] [--timeout 30]
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { START } from '../../packages/runs/src/processes/alive.ts';
import {
  BIN,
  endOf,
  linesOf,
  numbersOf,
  startProgram,
  STEPS,
  tinyFolder,
  workersOf,
  type Started,
} from './tinyRun.ts';

const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: '2' },
    moments: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    timeout: { type: 'string', default: '30' },
  },
});
const [workers, moments, seed, timeout] = [values.workers, values.moments, values.seed, values.timeout].map(
  Number,
) as [number, number, number, number];
const MOST_A_RUN = 5;
/** No wait of this script is longer, in ms. */
const BOUND = 900_000;

const random = numbersOf(seed);
const below = (n: number): number => Math.floor(random() * n);
const folder = tinyFolder();

const train = (name: string): Started =>
  startProgram(
    [
      ...([process.execPath, BIN, 'train', 'tiny.yaml', '--set', `name=${name}`] as const),
      ...['--workers', String(workers), '--restarts', '50', '--worker-timeout', String(timeout)],
    ],
    folder,
  );

/** Waits for something, or until the run has ended: then false. */
const until = async (run: Started, there: () => boolean, every = 20): Promise<boolean> => {
  const started = performance.now();
  while (!there()) {
    if (run.process.exitCode !== null) return false;
    if (performance.now() - started > BOUND)
      throw new Error(`The run hangs:\n${run.said.map(({ text }) => text).join('\n')}`);
    await sleep(every);
  }
  return true;
};

/** The newest step that a run has told of: a run that goes on tells some of them again. */
const newest = (name: string): string =>
  linesOf(folder, name)
    .filter(({ type }) => type === 'step')
    .at(-1)?.time ?? '';

const isWriting = (name: string): boolean => {
  const checkpoints = path.join(folder, 'runs', name, 'checkpoints');
  return existsSync(checkpoints) && readdirSync(checkpoints).some((file) => file.endsWith('.tmp'));
};

/** Moments of a run, and how each is met: false where the run ends before. */
const WHEN: Readonly<Record<string, (run: Started, name: string) => Promise<boolean>>> = {
  'before the first step': () => sleep(below(3000), true),
  'in a step': async (run, name) => {
    for (let steps = below(3); steps >= 0; steps--) {
      const before = newest(name);
      if (!(await until(run, () => newest(name) !== before))) return false;
    }
    return sleep(below(200), true);
  },
  'while a checkpoint is written': (run, name) => until(run, () => isWriting(name), 0),
  'in an evaluation': async (run, name) => {
    const isOver = (): boolean => {
      const last = linesOf(folder, name).at(-1);
      return last?.type === 'step' && last.step % STEPS === STEPS - 1;
    };
    return (await until(run, isOver, 5)) && sleep(below(100), true);
  },
};

interface Moment {
  readonly when: string;
  readonly signal: 'SIGKILL' | 'SIGSTOP';
  readonly rank: number;
}

const kinds = Object.keys(WHEN);
const drawn = (i: number): Moment => ({
  when: kinds[i % kinds.length]!,
  signal: random() < 0.5 ? 'SIGKILL' : 'SIGSTOP',
  rank: below(workers),
});

const restarts = ({ said }: Started): Started['said'] =>
  said.filter(({ text }) => /Going on from|Beginning again/.test(text));

let wrong = 0;
const verdict = (holds: boolean): string => {
  wrong += holds ? 0 : 1;
  return holds ? 'ok' : 'WRONG';
};

/** Disturbs a run once; false where it ended before. */
const disturb = async (run: Started, name: string, moment: Moment, known: Set<number>): Promise<boolean> => {
  const fresh = (): boolean => {
    const now = workersOf(name);
    return now.size === workers && [...now.values()].every((pid) => !known.has(pid));
  };
  if (!(await until(run, fresh))) return false;
  const pids = workersOf(name);
  pids.forEach((pid) => known.add(pid));
  if (!(await WHEN[moment.when]!(run, name))) return false;
  const before = restarts(run).length;
  const at = performance.now();
  const step = linesOf(folder, name).at(-1)?.step ?? 0;
  try {
    process.kill(pids.get(moment.rank)!, moment.signal);
  } catch {
    return false; // it has just ended
  }
  if (!(await until(run, () => restarts(run).length > before))) return false;
  const told = restarts(run).at(-1)!;
  const seconds = (told.at - at) / 1000;
  const silence = moment.when === 'before the first step' ? Math.max(timeout, START) : timeout;
  const [bound, named] = [moment.signal === 'SIGKILL' ? 5 : silence + 5, `Worker ${moment.rank} `];
  const isRight = seconds < bound && told.text.includes(named);
  console.log(
    `| ${moment.when} | ${moment.signal} | ${moment.rank} | ${step} | ${seconds.toFixed(1)} | ${verdict(isRight)} |`,
  );
  if (!isRight) console.log(`  ${told.text}`);
  return true;
};

const undisturbed = async (): Promise<string> => {
  const run = train('undisturbed');
  if ((await run.ended) !== 0) throw new Error(run.said.map(({ text }) => text).join('\n'));
  return endOf(folder, 'undisturbed');
};

const expected = await undisturbed();
console.log(
  `${workers} workers, seed ${seed}, --worker-timeout ${timeout}\n\n| when | signal | rank | step | noticed after s | |`,
);
console.log('| --- | --- | ---: | ---: | ---: | --- |');
for (let [done, number] = [0, 0]; done < moments; number++) {
  const name = `disturbed-${number}`;
  const run = train(name);
  const known = new Set<number>();
  for (let own = 0; own < MOST_A_RUN && done < moments; own++) {
    if (!(await disturb(run, name, drawn(done), known))) break;
    done++;
  }
  await until(run, () => false);
  const code = await run.ended;
  const same = code === 0 && endOf(folder, name) === expected;
  console.log(`| run ${number} ended | code ${code} | | | | ${same ? 'same bits' : verdict(false)} |`);
  if (!same) console.log(run.said.map(({ text }) => text).join('\n'));
}
rmSync(folder, { recursive: true, force: true });
console.log(wrong === 0 ? '\nAll ended as the run that nobody disturbed.' : `\n${wrong} are wrong.`);
process.exitCode = wrong === 0 ? 0 : 1;
