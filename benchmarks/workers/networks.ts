/**
 * Workers in network namespaces of their own (`network.py`; needs root and Python): over slow, losing links they must end as over good ones, to the
 * bit; one that is killed, frozen or cut off must end the others within a bound, and the run must then go on to the same end.
 *
 *   npm run bench:networks -- [--workers 2,4] [--delay 20] [--loss 1] [--rate 100] [--timeout 20]
 */
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { BIN, endOf, linesOf, startProgram, tinyFolder, type Started } from './tinyRun.ts';

const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: '2,4' },
    delay: { type: 'string', default: '20' },
    loss: { type: 'string', default: '1' },
    rate: { type: 'string', default: '100' },
    timeout: { type: 'string', default: '20' },
    faults: { type: 'string', default: 'KILL,STOP,cut' },
  },
});
const timeout = Number(values.timeout);
/** No wait of this script is longer, in ms. */
const BOUND = 900_000;
const folder = tinyFolder();
const bad = ['--delay', values.delay, '--loss', values.loss, '--rate', values.rate];

const train = (
  name: string,
  workers: number,
  links: readonly string[],
  more: readonly string[] = [],
): Started =>
  startProgram(
    [
      ...(['python3', path.join(import.meta.dirname, 'network.py'), '--workers', String(workers)] as const),
      ...[
        ...links,
        '--',
        process.execPath,
        BIN,
        'train',
        'tiny.yaml',
        '--trust-network',
        '--set',
        `name=${name}`,
      ],
      ...['--set', 'epochs=1', '--worker-timeout', String(timeout), ...more],
    ],
    folder,
  );

interface Told {
  readonly ended?: number;
  readonly code?: number;
  readonly seconds?: number;
  readonly lost?: number;
  readonly packets?: number;
}

const toldBy = ({ said }: Started): Told[] =>
  said.flatMap(({ text }) => (text.startsWith('{') ? [JSON.parse(text) as Told] : []));

const order = ({ process: child }: Started, line: string): void => void child.stdin!.write(`${line}\n`);

const until = async (run: Started, there: () => boolean): Promise<void> => {
  const started = performance.now();
  while (!there() && run.process.exitCode === null) {
    if (performance.now() - started > BOUND) throw new Error('The run hangs.');
    await sleep(50);
  }
};

let wrong = 0;
const row = (cells: readonly (string | number)[], holds: boolean): void => {
  wrong += holds ? 0 : 1;
  console.log(`| ${cells.join(' | ')} | ${holds ? 'ok' : 'WRONG'} |`);
};

const finish = async (run: Started): Promise<Told> => {
  await until(run, () => false);
  await run.ended;
  return toldBy(run).at(-1) ?? {};
};

const completes = async (workers: number): Promise<void> => {
  const [good, slow] = [`good-${workers}`, `bad-${workers}`];
  await finish(train(good, workers, []));
  const run = train(slow, workers, bad);
  const { packets = 0, lost = 0 } = await finish(run);
  const codes = toldBy(run).flatMap(({ code }) => (code === undefined ? [] : [code]));
  const seconds = linesOf(folder, slow).at(-1)?.seconds ?? 0;
  const same = codes.every((code) => code === 0) && endOf(folder, slow) === endOf(folder, good);
  row(
    [
      `${workers} workers`,
      `${seconds.toFixed(0)} s for 6 steps`,
      `${lost} of ${packets + lost} packets lost`,
    ],
    same,
  );
};

/** What a worker that was left over says of it, in one line. */
const reasonOf = (rank: number): string =>
  readFileSync(path.join(folder, `worker${rank}.log`), 'utf8')
    .split('\n')
    .filter((line) => /stopped answering|cannot be reached/.test(line))
    .at(-1)
    ?.trim() ?? 'nothing';

const fails = async (fault: string): Promise<void> => {
  const name = `fault-${fault}`;
  const run = train(name, 2, bad);
  await until(run, () => linesOf(folder, name).some(({ type, step }) => type === 'step' && step === 3));
  const times = linesOf(folder, name).flatMap(({ type, time }) =>
    type === 'epoch' ? [] : [Date.parse(time)],
  );
  const longest = Math.max(...times.slice(1).map((time, i) => time - times[i]!)) / 1000; // of the steps, and what is traced before the first
  const at = performance.now();
  order(run, fault === 'cut' ? 'cut 1' : `kill 1 ${fault}`);
  await until(run, () => toldBy(run).some(({ ended }) => ended === 0));
  const seconds = (performance.now() - at) / 1000;
  const reason = reasonOf(0);
  order(run, 'kill 1 KILL'); // whoever started the workers ends what is left of them
  await finish(run);
  await finish(train(name, 2, [], ['--resume']));
  // As the engine bounds a step; also where a worker is killed: its network goes with it, as a machine's that loses power.
  const bound = timeout + 3 * longest + 15;
  const same = endOf(folder, name) === endOf(folder, 'good-2');
  const ended = `worker 0 ended after ${seconds.toFixed(1)} of ${bound.toFixed(0)} s`;
  row([`worker 1: ${fault}`, ended, same ? 'same bits' : 'other bits', reason], same && seconds < bound);
};

for (const workers of values.workers.split(',').map(Number)) await completes(workers);
for (const fault of values.faults.split(',')) await fails(fault);
rmSync(folder, { recursive: true, force: true });
process.exitCode = wrong === 0 ? 0 : 1;
