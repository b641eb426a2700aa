/**
 * Compares training steps of several processes, one step of each in turn, so that all meet the same moods of the machine:
 *
 *   npx tsx --conditions=@understory/source benchmarks/step/compare.ts --python <python with torch> --rounds 20
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

interface Answer {
  readonly wall: number;
  readonly cpu: number;
  readonly loss: number;
  readonly memory: number;
  readonly parameters: number;
  readonly ready: string;
}

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    torch: { type: 'string', default: 'default,channels_last' },
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '20' },
    warmup: { type: 'string', default: '3' },
    model: { type: 'string', default: 'resnet18' },
    batch: { type: 'string', default: '32' },
    size: { type: 'string', default: '32' },
    json: { type: 'string', default: '' },
    // `name=options as JSON`, or `name=options;VARIABLE=value;…`
    variant: { type: 'string', multiple: true, default: ['understory={}'] },
  },
});

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');
const task = ['--model', values.model, '--batch', values.batch, '--size', values.size];

class Contestant {
  readonly name: string;
  readonly steps: Answer[] = [];
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(name: string, command: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.name = name;
    const [file, ...args] = command;
    this.#process = spawn(file!, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#lines = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
  }

  async answer(): Promise<Answer> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.name} has ended`);
    return JSON.parse(value) as Answer;
  }

  ask(command: string): Promise<Answer> {
    this.#process.stdin!.write(`${command}\n`);
    return this.answer();
  }

  end(): void {
    this.#process.stdin!.end();
  }
}

const ours = (variant: string): Contestant => {
  const [, name, rest] = /^([^=]+)=(.*)$/s.exec(variant)!;
  const [options, ...pairs] = rest!.split(';');
  const threads = { TF_NUM_INTRAOP_THREADS: values.threads };
  const env = { ...threads, ...Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string])) };
  const script = path.join(here, 'understory_step.ts');
  const run = [path.join(root, 'node_modules/.bin/tsx'), '--conditions=@understory/source', script];
  return new Contestant(name!, [...run, ...task, '--options', options!], env);
};

const torch = (mode: string): Contestant =>
  new Contestant(`PyTorch ${mode}`, [
    values.python,
    path.join(here, 'torch_step.py'),
    '--mode',
    mode,
    '--threads',
    values.threads,
    ...task,
  ]);

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;

const contestants = [...values.variant.map(ours), ...values.torch.split(',').filter(Boolean).map(torch)];
for (const one of contestants) {
  const { ready, parameters } = await one.answer();
  console.error(`${one.name}: ${ready}, ${parameters} parameters`);
}
for (let round = -Number(values.warmup); round < Number(values.rounds); round++) {
  // Another one begins in each round, so that none always follows the same neighbour.
  const turn = Math.abs(round) % contestants.length;
  for (const one of [...contestants.slice(turn), ...contestants.slice(0, turn)]) {
    const answer = await one.ask('step');
    if (round >= 0) one.steps.push(answer);
    console.error(`${round} ${one.name}: ${answer.wall.toFixed(0)} ms, CPU ${answer.cpu.toFixed(0)} ms`);
  }
}

const rows = [];
for (const one of contestants) {
  const { memory } = await one.ask('memory');
  const of = (key: 'wall' | 'cpu'): number => median(one.steps.map((step) => step[key]));
  rows.push({
    name: one.name,
    wall: of('wall'),
    cpu: of('cpu'),
    fastest: Math.min(...one.steps.map(({ wall }) => wall)),
    leastCpu: Math.min(...one.steps.map(({ cpu }) => cpu)),
    memory,
    loss: one.steps.at(-1)!.loss,
  });
  one.end();
}
const first = rows[0]!;
console.log('| | median ms | CPU ms | fastest ms | least CPU ms | peak MB | ours is faster by |');
console.log('| --- | --- | --- | --- | --- | --- | --- |');
for (const row of rows) {
  const cells = [row.wall, row.cpu, row.fastest, row.leastCpu, row.memory / 1e6].map((x) => x.toFixed(0));
  console.log(
    `| ${row.name} | ${cells.join(' | ')} | ${(row.wall / first.wall).toFixed(2)} (CPU ${(row.cpu / first.cpu).toFixed(2)}) |`,
  );
}
if (values.json)
  writeFileSync(
    values.json,
    JSON.stringify({ task: { model: values.model, batch: values.batch, size: values.size }, rows }, null, 2),
  );
