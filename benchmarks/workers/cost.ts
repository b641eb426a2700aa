/**
 * The cost model against measurement: a step of N workers that share a batch costs each of them what one process pays for the same number of
 * images, and a ring's sum of the gradients. Both are measured by themselves, then steps of 2 and 4 workers are, all in turns, by CPU
 * time; on a machine with fewer cores than workers, that is also what the clock shows.
 *
 *   npm run bench:workers:cost -- [--workers 2,4] [--batch 32] [--width 0.5] [--rounds 10]
 */
import { parseArgs } from 'node:util';
import { freePorts } from '../../packages/engine/src/index.ts';
import { Contestant, fromSource, inRoot } from '../contestant.ts';
import { median } from '../race.ts';
import { Group } from './group.ts';
import { sharedCpu } from './model.ts';

const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: '2,4' },
    batch: { type: 'string', default: '32' },
    width: { type: 'string', default: '0.5' },
    rounds: { type: 'string', default: '10' },
    warmup: { type: 'string', default: '2' },
  },
});
const [batch, rounds, warmup] = [Number(values.batch), Number(values.rounds), Number(values.warmup)];
const sizes = values.workers.split(',').map(Number);
const [command, script] = [fromSource('understory_step.ts'), inRoot('benchmarks/workers/ring.ts')];
const ring = [...command.slice(0, -1), script];
const stepOf = (images: number): string[] => [...command, '--batch', String(images), '--width', values.width];
const env = { TF_NUM_INTRAOP_THREADS: '1' };

const together = async (name: string, size: number, run: readonly string[]): Promise<Group> => {
  const worker = (await freePorts(size)).map((port) => `127.0.0.1:${port}`);
  const processes = worker.map((_, index) => {
    const place = JSON.stringify({ cluster: { worker }, task: { type: 'worker', index } });
    return new Contestant(`worker ${index}`, run, { ...env, TF_CONFIG: place });
  });
  return new Group(name, processes);
};

const images = [1, ...sizes].map((size) => batch / size);
const ones = images.map(
  (n) => new Group(`one process, ${n} images`, [new Contestant('one', stepOf(n), env)]),
);
const [whole] = ones;
await whole!.begin();
const bytes = 4 * whole!.parameters;
const rings: Group[] = [];
const groups: Group[] = [];
for (const size of sizes) {
  rings.push(await together(`the ring of ${size}`, size, [...ring, '--bytes', String(bytes)]));
  groups.push(await together(`${size} workers`, size, stepOf(batch)));
}
const all = [...ones, ...rings, ...groups];
for (const group of all.slice(1)) await group.begin();
for (let round = -warmup; round < rounds; round++) {
  const turn = Math.abs(round) % all.length;
  for (const group of [...all.slice(turn), ...all.slice(0, turn)]) await group.step(round >= 0);
}

const cpu = ({ cpus }: Group): number => median(cpus);
console.log(
  `\nResNet-18 of width ${values.width}, ${batch} images in two views, ${(bytes / 1e6).toFixed(1)} MB of gradients; CPU ms a step, of all workers\n`,
);
console.log('| workers | images each | own computing | ring | model | measured | model / measured |');
console.log('| ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
[1, ...sizes].forEach((size, i) => {
  const [one, sum] = [cpu(ones[i]!), size === 1 ? 0 : cpu(rings[i - 1]!)];
  const measured = size === 1 ? cpu(whole!) : cpu(groups[i - 1]!);
  const model = sharedCpu({ workers: size, one, ring: sum });
  const cells = [size, batch / size, size * one, sum, model, measured].map((n) => n.toFixed(0));
  console.log(`| ${cells.join(' | ')} | ${(model / measured).toFixed(2)} |`);
});
all.forEach((group) => group.end());
