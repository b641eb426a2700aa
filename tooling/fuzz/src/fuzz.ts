// pnpm fuzz [--inputs 20000] [--reader name] [--seed 0] [--only input]: feeds every reader mutated files, in a process of its own
// each. Exit code 1 where one crashed, hung, took over 2 s or 1 GB for an input, or threw what is no UnderstoryError.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { inputOf, type Fault, type Tally } from './feed.ts';
import type { Reader } from './reader.ts';
import { READERS } from './readers.ts';

/** Most memory of a reader's process, in MB. */
const MEMORY = 1024;
/** Without a next input for so long, in ms of real time, a process hangs. */
const SILENCE = 30_000;

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '20000' },
    reader: { type: 'string' },
    seed: { type: 'string', default: '0' },
    only: { type: 'string' },
  },
});
const seed = Number(values.seed);
const scratch = mkdtempSync(path.join(os.tmpdir(), 'understory-fuzz-'));
const worker = path.join(import.meta.dirname, 'worker.ts');

const placeOf = (folder: string): number => Number(readFileSync(path.join(folder, 'place'), 'utf8'));

interface Ended {
  readonly tally?: Tally;
  /** Why the process ended before its time. */
  readonly why?: string;
  readonly at: number;
}

const runWorker = (reader: Reader, folder: string, from: number, count: number): Promise<Ended> =>
  new Promise((resolve) => {
    writeFileSync(path.join(folder, 'place'), String(from));
    const args = [
      ...process.execArgv,
      worker,
      reader.name,
      String(seed),
      String(from),
      String(count),
      folder,
    ];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, errors, seen, hung] = ['', '', from, false];
    let since = performance.now();
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-2000)));
    const watch = setInterval(() => {
      const place = placeOf(folder);
      if (place !== seen) [seen, since] = [place, performance.now()];
      hung = performance.now() - since > SILENCE;
      if (hung) child.kill('SIGKILL');
    }, 1000);
    child.on('close', (code, signal) => {
      clearInterval(watch);
      const at = placeOf(folder);
      if (code === 0) resolve({ tally: JSON.parse(out) as Tally, at });
      else resolve({ why: hung ? 'hangs' : `ended the process (${signal ?? code}): ${errors}`, at });
    });
  });

/** All inputs of a reader; where its process ends early, another goes on behind the input that ended it. */
const feedAll = async (reader: Reader, from: number, count: number): Promise<Tally> => {
  const folder = path.join(scratch, reader.name);
  mkdirSync(path.join(folder, 'files'), { recursive: true });
  const faults: Fault[] = [];
  const end = from + count;
  let total: Tally = { inputs: 0, read: 0, refused: 0, faults: [], slowest: 0, peak: 0 };
  for (let next = from; next < end;) {
    const { tally, why = '', at } = await runWorker(reader, folder, next, end - next);
    if (!tally) faults.push({ input: at, what: why });
    else {
      total = {
        ...tally,
        slowest: Math.max(total.slowest, tally.slowest),
        peak: Math.max(total.peak, tally.peak),
      };
      faults.push(...tally.faults);
    }
    next = tally ? end : at + 1;
  }
  if (total.peak > MEMORY) faults.push({ input: -1, what: `held ${total.peak.toFixed(0)} MB` });
  return { ...total, inputs: count, faults };
};

/** Keeps the inputs that a reader failed on, and says how to feed them again. */
const tell = async (reader: Reader, faults: readonly Fault[]): Promise<void> => {
  const samples = await reader.samples(path.join(scratch, reader.name, 'files'));
  for (const { input, what } of faults.slice(0, 10)) {
    console.log(`  input ${input}: ${what.split('\n').slice(0, 4).join('\n    ')}`);
    if (input < 0) continue;
    const file = path.join(scratch, `${reader.name}-${input}`);
    writeFileSync(file, inputOf(samples, seed, input));
    console.log(
      `    kept as ${file}; again: pnpm fuzz --reader ${reader.name} --seed ${seed} --only ${input}`,
    );
  }
};

const chosen = READERS.filter(({ name }) => values.reader === undefined || name === values.reader);
if (chosen.length === 0) {
  console.error(
    `No reader named ${values.reader ?? ''}. There are: ${READERS.map(({ name }) => name).join(', ')}.`,
  );
  process.exit(1);
}
let failed = 0;
for (const reader of chosen) {
  const [from, count] = values.only === undefined ? [0, Number(values.inputs)] : [Number(values.only), 1];
  const { inputs, read, refused, faults, slowest, peak } = await feedAll(reader, from, count);
  const figures = `${read} read, ${refused} refused, slowest ${slowest.toFixed(0)} ms, peak ${peak.toFixed(0)} MB`;
  console.log(`${reader.name.padEnd(12)} ${inputs} inputs: ${figures}, ${faults.length} faults`);
  await tell(reader, faults);
  failed += faults.length;
}
if (failed === 0) rmSync(scratch, { recursive: true });
process.exit(failed === 0 ? 0 : 1);
