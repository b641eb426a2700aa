/**
 * The cost model against measurement: a step of N workers that share a batch costs what they compute, and their sums. Both are measured by
 * themselves: N processes that compute at once all that a worker does, with sums that are what each gives itself; and N that sum what a
 * step sums, and compute nothing. Then steps of 2 and 4 workers are, all in turns, by CPU time; on a machine with fewer cores than
 * workers, that is also what the clock shows.
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
const job = ['--batch', values.batch, '--width', values.width];
const env = { TF_NUM_INTRAOP_THREADS: '1' };

const together = async (name: string, size: number, run: readonly string[]): Promise<Group> => {
  const worker = (await freePorts(size)).map((port) => `127.0.0.1:${port}`);
  const processes = worker.map((_, index) => {
    const place = JSON.stringify({ cluster: { worker }, task: { type: 'worker', index } });
    return new Contestant(`worker ${index}`, run, { ...env, TF_CONFIG: place });
  });
  return new Group(name, processes);
};

/** Processes that compute at once what so many workers compute, and sum nothing. */
const computing = (size: number): Group =>
  new Group(
    `${size} that compute`,
    Array.from(
      { length: size },
      (_, rank) => new Contestant(`${rank}`, [...command, ...job, '--as', `${size},${rank}`], env),
    ),
  );

interface Parts {
  readonly size: number;
  readonly own: Group;
  readonly sums?: Group;
  readonly whole: Group;
}

const alone = new Group('one process', [new Contestant('one', [...command, ...job], env)]);
const parts: Parts[] = [{ size: 1, own: alone, whole: alone }];
for (const size of sizes)
  parts.push({
    ...{ size, own: computing(size) },
    sums: await together(`the sums of ${size}`, size, [...ring, ...job]),
    whole: await together(`${size} workers`, size, [...command, ...job]),
  });
const all = [...new Set(parts.flatMap(({ own, sums, whole }) => [own, ...(sums ? [sums] : []), whole]))];
for (const group of all) await group.begin();
const bytes = 4 * alone.parameters;
for (let round = -warmup; round < rounds; round++) {
  const turn = Math.abs(round) % all.length;
  for (const group of [...all.slice(turn), ...all.slice(0, turn)]) await group.step(round >= 0);
}

const cpu = ({ cpus }: Group): number => median(cpus);
console.log(
  `\nResNet-18 of width ${values.width}, ${batch} images in two views, ${(bytes / 1e6).toFixed(1)} MB of gradients; CPU ms a step, of all workers\n`,
);
console.log('| workers | images each | own computing | sums | model | measured | model / measured |');
console.log('| ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
for (const { size, own, sums, whole } of parts) {
  const [computed, summed, measured] = [cpu(own), sums ? cpu(sums) : 0, cpu(whole)];
  const model = sharedCpu({ own: computed, sums: summed });
  const cells = [size, batch / size, computed, summed, model, measured].map((n) => n.toFixed(0));
  console.log(`| ${cells.join(' | ')} | ${(model / measured).toFixed(2)} |`);
}
all.forEach((group) => group.end());
