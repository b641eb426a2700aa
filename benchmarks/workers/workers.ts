/**
 * What several workers cost: a model, drawn to 1,024 of them; a simulator of the ring beside its formula; and both beside the real ring
 * of this machine, in one process with a server for each worker.
 *
 *   npm run bench:workers -- [--measure 2,4] [--rounds 20] [--svg docs/workers.svg]
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { float32, type Runner } from '../../packages/core/src/index.ts';
import { compiledRunner, freePorts, loadEngine } from '../../packages/engine/src/index.ts';
import { curvesPicture } from './curves.ts';
import { ringSeconds, simulateRing, stepCost, type Job, type Link } from './model.ts';

const { values } = parseArgs({
  options: {
    measure: { type: 'string', default: '' },
    rounds: { type: 'string', default: '20' },
    svg: { type: 'string' },
  },
});

/** ResNet-18 with three heads as in the other benchmarks; 32 images in two views a worker. */
const RESNET18: Omit<Job, 'compute' | 'flops'> = {
  ...{ gradients: 47.8e6, bucket: 2 ** 22, backward: 2 / 3, rows: 64, width: 128, taps: 4 },
};
const PLACES: readonly (readonly [name: string, link: Link, job: Job])[] = [
  [
    'CPU machines, 10 Gbit/s',
    { latency: 50e-6, bandwidth: 1.25e9 },
    { ...RESNET18, compute: 0.6, flops: 1e11 },
  ],
  [
    'CPU machines, 1 Gbit/s',
    { latency: 100e-6, bandwidth: 1.25e8 },
    { ...RESNET18, compute: 0.6, flops: 1e11 },
  ],
  [
    'nodes of 8 GPUs, 400 Gbit/s',
    { latency: 10e-6, bandwidth: 5e10 },
    { ...RESNET18, compute: 0.01, flops: 2e13 },
  ],
];

const ms = (seconds: number): string => (1000 * seconds).toFixed(1);
const row = (cells: readonly (string | number)[]): void => console.log(`| ${cells.join(' | ')} |`);

const drawModel = (): void => {
  for (const [name, link, job] of PLACES) {
    console.log(`\n${name}\n`);
    row(['workers', 'compute ms', 'gradients not hidden ms', 'gather ms', 'contrast ms', 'efficiency']);
    row(Array.from({ length: 6 }, () => '---:'));
    for (const workers of [1, 2, 4, 8, 16, 64, 256, 1024]) {
      const cost = stepCost(job, workers, link);
      const { compute, gradients, gather, contrast, step } = cost;
      row([
        workers,
        ms(compute),
        ms(gradients),
        ms(gather),
        ms(contrast),
        `${((100 * compute) / step).toFixed(0)} %`,
      ]);
    }
  }
};

const checkSimulator = (): void => {
  const link = { latency: 1e-4, bandwidth: 1e9 };
  const far = [2, 3, 4, 8, 64, 1024].flatMap((workers) =>
    [4, 1e4, 4e6, 1e8].map(
      (bytes) => simulateRing(bytes, workers, link) / ringSeconds(bytes, workers, link) - 1,
    ),
  );
  const worst = Math.max(...far.map(Math.abs));
  console.log(
    `\nThe simulator is within ${(100 * worst).toFixed(2)} % of the formula where all links are alike.`,
  );
  if (worst > 0.01) throw new Error('The simulator and the formula of the ring disagree.');
  const slow = simulateRing(4e6, 8, link, [4]) / ringSeconds(4e6, 8, link);
  console.log(
    `One link that is four times slower makes a sum of 4 MB over 8 workers ${slow.toFixed(1)} times slower.`,
  );
};

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;

const cluster = async (size: number): Promise<readonly Runner[]> => {
  const addresses = (await freePorts(size)).map((port) => `127.0.0.1:${port}`);
  return addresses.map((_, rank) => compiledRunner({ cluster: { addresses, rank } }));
};

/** Median seconds of the real ring for so many bytes each, sizes taking turns. */
const measure = async (
  size: number,
  sizes: readonly number[],
  rounds: number,
): Promise<Map<number, number>> => {
  const runners = await cluster(size);
  const steps = runners.map(({ step, workers }) => step('sum', ({ x }) => ({ y: workers!.sum(x!) })));
  const inputs = sizes.map((bytes) => ({ x: float32(new Float32Array(bytes / 4).fill(1), [bytes / 4]) }));
  const times = sizes.map((): number[] => []);
  for (let round = -2; round < rounds; round++)
    for (const [i, input] of inputs.entries()) {
      const started = performance.now();
      await Promise.all(steps.map((step) => step.run(input)));
      if (round >= 0) times[i]!.push((performance.now() - started) / 1000);
    }
  runners.forEach((runner) => runner.dispose());
  return new Map(sizes.map((bytes, i) => [bytes, median(times[i]!)]));
};

/** The link that explains the smallest and the largest sum of a ring. */
const fitted = (measured: ReadonlyMap<number, number>, size: number): Link => {
  const all = [...measured];
  const [[few, quick], [many, slow]] = [all[0]!, all.at(-1)!];
  const perByte = (slow - quick) / (many - few);
  const messages = 2 * (size - 1);
  return { latency: (quick - perByte * few) / messages, bandwidth: messages / size / perByte };
};

const compare = async (): Promise<void> => {
  const sizes = [1024, 65_536, 2 ** 20, 2 ** 22, 2 ** 24];
  console.log(`\n${(await loadEngine()).description}: workers of one process, so they share its CPUs\n`);
  row(['workers', 'bytes', 'measured ms', 'model ms', 'simulator ms']);
  row(Array.from({ length: 5 }, () => '---:'));
  for (const size of values.measure.split(',').filter(Boolean).map(Number)) {
    const measured = await measure(size, sizes, Number(values.rounds));
    const link = fitted(measured, size);
    for (const [bytes, seconds] of measured)
      row([
        size,
        bytes,
        ms(seconds),
        ms(ringSeconds(bytes, size, link)),
        ms(simulateRing(bytes, size, link)),
      ]);
  }
};

const SIZES = Array.from({ length: 11 }, (_, i) => 2 ** i);

/** With all rows contrasted with all, and with each worker's own rows alone. */
const pictureOfModel = (): string => {
  const shareOf = (job: Job, link: Link) => (workers: number) => {
    const cost = stepCost(job, workers, link);
    return [workers, cost.compute / cost.step] as const;
  };
  const curves = PLACES.flatMap(([name, link, job]) => [
    { name, points: SIZES.map(shareOf(job, link)) },
    { name: '… with local negatives', dashed: true, points: SIZES.map(shareOf({ ...job, taps: 0 }, link)) },
  ]);
  return curvesPicture('Share of a step that is a worker’s own computing (a model)', curves);
};

drawModel();
if (values.svg !== undefined) writeFileSync(values.svg, pictureOfModel());
checkSimulator();
if (values.measure) await compare();
