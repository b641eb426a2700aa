/**
 * Opens a folder of very many samples in tar shards, the first time (no index) and later ones, each in a process of its own, and
 * reads an epoch of it in random order while it watches the memory:
 *
 *   npm run bench:size -- [--samples 1000000] [--starts 5] [--work /tmp/understory-size]
 *
 * The shards are made under --work, once: some 2.5 GB for a million.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import {
  dataFingerprint,
  permutation,
  seedOf,
  type Dataset,
  type Samples,
} from '../packages/core/src/index.ts';
import { NORMALIZATIONS, packShards, shards } from '../packages/datasets/src/index.ts';
import { fromSource } from './contestant.ts';

const { values } = parseArgs({
  options: {
    samples: { type: 'string', default: '1000000' },
    starts: { type: 'string', default: '5' },
    work: { type: 'string', default: '/tmp/understory-size' },
    /** What a process of its own does. */
    part: { type: 'string' },
  },
});
const count = Number(values.samples);
const CLASSES = 1000;
const SIDE = 8;
const BATCH = 256;
/** Batches that are read while one is waited for. */
const AHEAD = 3;

const folder = path.join(values.work, `shards-${count}`);
const megabytes = (): number => process.memoryUsage.rss() / 1e6;

/** A grey JPEG of 8 × 8 pixels. */
const FILE = Buffer.from(
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8yb' +
    'qmx5moq6T/wAALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAv/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AL//Z',
  'base64',
);

/** One picture, so many times: what is counted is samples, not pixels. */
const pack = async (): Promise<void> => {
  const of = (length: number): Samples => ({
    length,
    size: [SIDE, SIDE],
    targets: {},
    groups: Int32Array.from({ length }, (_, i) => i % CLASSES),
    describe: (position) => `n${String(position).padStart(8, '0')}`,
    read: () => Promise.reject(new Error('only files are packed')),
    readTargets: () => Promise.resolve({}),
    file: () => Promise.resolve(FILE),
  });
  const dataset: Dataset = {
    name: 'synthetic',
    classes: Array.from({ length: CLASSES }, (_, i) => `class ${i}`),
    normalization: NORMALIZATIONS.imagenet,
    ...{ train: of(count), validation: of(0), test: of(0), leftOut: [] },
  };
  await packShards(dataset, { out: folder, shardBytes: 50e6 });
};

const open = (): Promise<Dataset> =>
  shards({ root: folder, size: [SIDE, SIDE], cache: 0, validation: 0, testShare: 0 })({ seed: seedOf(1) });

/** Opens the folder as a run does, its fingerprint included. */
const start = async (): Promise<void> => {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  const dataset = await open();
  dataFingerprint(dataset);
  const { user, system } = process.cpuUsage(cpu);
  console.log(
    JSON.stringify({ wall: performance.now() - wall, cpu: (user + system) / 1e3, memory: megabytes() }),
  );
  await dataset.close?.();
};

/** Reads every sample once, in random order, and tells the memory ten times. */
const epoch = async (): Promise<void> => {
  const { train, close } = await open();
  const order = permutation(train.length, seedOf(2).rng());
  const ahead: Promise<unknown>[] = [];
  const tenth = Math.floor(order.length / 10);
  for (let at = 0; at + BATCH <= order.length; at += BATCH) {
    ahead.push(train.read(order.subarray(at, at + BATCH)));
    if (ahead.length > AHEAD) await ahead.shift();
    if (Math.floor((at + BATCH) / tenth) > Math.floor(at / tenth))
      console.log(`${Math.round((100 * (at + BATCH)) / order.length)} %: ${megabytes().toFixed(0)} MB`);
  }
  await Promise.all(ahead);
  await close?.();
};

const inProcess = (part: string): string => {
  const [command = '', ...args] = fromSource('../size.ts');
  const own = ['--part', part, '--samples', values.samples, '--work', values.work];
  const env = { ...process.env, UNDERSTORY_CACHE: path.join(values.work, 'cache') };
  return execFileSync(command, [...args, ...own], { encoding: 'utf8', env }).trim();
};

/** Removes the indexes that lie beside the shards, and those of the cache. */
const forget = (): void => {
  rmSync(path.join(values.work, 'cache'), { recursive: true, force: true });
  for (const name of readdirSync(folder)) if (name.endsWith('.tar.index')) rmSync(path.join(folder, name));
};

const told = (what: string): void => {
  const { wall, cpu, memory } = JSON.parse(inProcess('start')) as Record<'wall' | 'cpu' | 'memory', number>;
  console.log(
    `${what}: ${(wall / 1e3).toFixed(2)} s (processor ${(cpu / 1e3).toFixed(2)} s), ${memory.toFixed(0)} MB`,
  );
};

if (values.part === 'start') await start();
else if (values.part === 'epoch') await epoch();
else {
  if (!existsSync(folder)) await pack();
  told('with the index that packing wrote');
  forget();
  told('first start, without an index');
  for (let i = 0; i < Number(values.starts); i++) told('later start');
  console.log(inProcess('epoch'));
}
