/**
 * Several processes with a thread each against one with as many threads, and against PyTorch's DistributedDataParallel over gloo: the same
 * network, the same global batch, taking turns. Then how much of a worker's sums its backward pass hides, by TensorFlow's own trace.
 *
 *   npm run bench:workers:compare -- [--python torch/bin/python] [--workers 2] [--batch 32] [--rounds 20] [--traces 5]
 */
import { parseArgs } from 'node:util';
import { freePorts, shareMemory } from '../../packages/engine/src/index.ts';
import type { SumTimes } from '../../packages/core/src/index.ts';
import { Contestant, fromSource, inRoot } from '../contestant.ts';
import { median } from '../race.ts';
import { Group } from './group.ts';

const { values } = parseArgs({
  options: {
    python: { type: 'string' },
    workers: { type: 'string', default: '2' },
    batch: { type: 'string', default: '32' },
    model: { type: 'string', default: 'resnet18' },
    width: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '20' },
    warmup: { type: 'string', default: '3' },
    traces: { type: 'string', default: '5' },
  },
});
const [size, rounds, warmup] = [Number(values.workers), Number(values.rounds), Number(values.warmup)];
const cell = ['--model', values.model, '--batch', values.batch];
const ours = [...cell, '--width', values.width];
const ranks = Array.from({ length: size }, (_, rank) => rank);

const oneProcess = (threads: number): Group =>
  new Group(`one process, ${threads} threads`, [
    new Contestant('one', [...fromSource('understory_step.ts'), ...ours], {
      TF_NUM_INTRAOP_THREADS: String(threads),
    }),
  ]);

const understory = async (sums: 'shared' | 'ring'): Promise<Group> => {
  const shared = sums === 'shared' ? shareMemory() : undefined;
  const worker = (await freePorts(size)).map((port) => `127.0.0.1:${port}`);
  const processes = ranks.map((index) => {
    const env = {
      TF_CONFIG: JSON.stringify({ cluster: { worker }, task: { type: 'worker', index } }),
      TF_NUM_INTRAOP_THREADS: '1',
      ...(shared !== undefined && { UNDERSTORY_SHARED: '3' }),
    };
    return new Contestant(`worker ${index}`, [...fromSource('understory_step.ts'), ...ours], env, shared);
  });
  return new Group(`${size} workers, ${shared === undefined ? 'ring' : 'shared memory'}`, processes);
};

const ddp = async (python: string, mode: string): Promise<Group> => {
  const [port] = await freePorts(1);
  const processes = ranks.map((rank) => {
    const env = {
      RANK: String(rank),
      WORLD_SIZE: String(size),
      MASTER_ADDR: '127.0.0.1',
      MASTER_PORT: String(port),
    };
    const command = [
      python,
      inRoot('benchmarks/step/torch_workers.py'),
      ...cell,
      '--threads',
      '1',
      '--mode',
      mode,
    ];
    return new Contestant(`rank ${rank}`, command, env);
  });
  return new Group(`PyTorch DDP, gloo, ${mode}, ${size} processes`, processes);
};

const { python } = values;
const groups = [
  await understory('shared'),
  await understory('ring'),
  oneProcess(size),
  ...(python === undefined ? [] : [await ddp(python, 'default'), await ddp(python, 'channels_last')]),
];
for (const group of groups) await group.begin();
for (let round = -warmup; round < rounds; round++) {
  const turn = Math.abs(round) % groups.length;
  for (const group of [...groups.slice(turn), ...groups.slice(0, turn)]) await group.step(round >= 0);
}

const [first] = groups;
if (!first) throw new Error('nobody to compare with');
console.log(
  `\n| ${values.model}, ${values.batch} images in two views | step ms | CPU ms | images/s | time of ours | CPU of ours |`,
);
console.log('| --- | ---: | ---: | ---: | ---: | ---: |');
for (const { name, walls, cpus } of groups) {
  const ratio = (own: readonly number[], others: readonly number[]): string =>
    `${median(own.map((x, i) => x / (others[i] ?? NaN))).toFixed(2)}×`;
  const [wall, cpu] = [median(walls), median(cpus)];
  const cells = [wall.toFixed(0), cpu.toFixed(0), ((1000 * Number(values.batch)) / wall).toFixed(1)];
  console.log(`| ${[name, ...cells, ratio(walls, first.walls), ratio(cpus, first.cpus)].join(' | ')} |`);
}

interface Sums {
  readonly all: SumTimes;
  /** Of gradients alone. */
  readonly buckets: SumTimes;
}

const traces: Sums[] = [];
for (let i = 0; i < Number(values.traces); i++) traces.push(...(await first.ask<Sums>('sums')));
const share = (part: (t: Sums) => number): string => `${(100 * median(traces.map(part))).toFixed(0)} %`;
for (const kind of ['all', 'buckets'] as const)
  console.log(
    `\n${kind === 'all' ? 'All sums' : 'Sums of gradients'}: under way in ${share(({ [kind]: t }) => t.inSums / t.seconds)} of a worker's step; ` +
      `${share(({ [kind]: t }) => t.hidden / t.inSums)} of that hidden behind computing, ` +
      `${share(({ [kind]: t }) => (t.inSums - t.hidden) / t.seconds)} of the step not (medians of ${traces.length} traced steps).`,
  );
groups.forEach((group) => group.end());
