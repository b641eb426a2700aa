/**
 * Compares loading alone, images a second from JPEG files to normalised batches, in turns of several processes:
 *
 *   npm run bench:loading -- --python <python with torch, torchvision and webdataset> --files images.tar [--images 60000]
 *     [--size 32,224] [--workers 2] [--batch 128] [--batches 20] [--rounds 5] [--decoded 20000]
 *
 * The files are unpacked into class folders and packed into shards under --work, once.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { seedOf } from '../packages/core/src/index.ts';
import { images, packShards } from '../packages/datasets/src/index.ts';
import { Contestant, fromSource, inRoot } from './contestant.ts';
import { race } from './race.ts';
import { tableOf } from './table.ts';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    files: { type: 'string' },
    images: { type: 'string', default: '60000' },
    size: { type: 'string', default: '32,224' },
    workers: { type: 'string', default: '2' },
    batch: { type: 'string', default: '128' },
    batches: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '5' },
    warmup: { type: 'string', default: '1' },
    decoded: { type: 'string', default: '0' },
    work: { type: 'string', default: '/tmp/understory-loading' },
  },
});

/** Class folders and shards of the same files. */
const prepare = async (): Promise<{ readonly folder: string; readonly packed: string }> => {
  const [folder, packed] = ['folder', 'shards'].map((name) =>
    path.join(values.work, `${name}-${values.images}`),
  ) as [string, string];
  if (existsSync(packed)) return { folder, packed };
  const size: [number, number] = [32, 32];
  const options = { root: values.files!, size, validation: 0, testShare: 0 };
  const dataset = await images({ ...options, limit: { train: Number(values.images) } })({ seed: seedOf(1) });
  const { train, classes } = dataset;
  for (const name of classes) mkdirSync(path.join(folder, name), { recursive: true });
  for (let i = 0; i < train.length; i++)
    await writeFile(path.join(folder, classes[train.groups![i]!]!, `${i}.jpg`), await train.file!(i));
  await packShards(dataset, { out: packed, shardBytes: 4e6 });
  await dataset.close?.();
  return { folder, packed };
};

const { folder, packed } = await prepare();
const say = (line: string): void => console.error(line);
for (const size of values.size.split(',')) {
  const common = ['--batch', values.batch, '--batches', values.batches, '--size', size];
  const ours = [...fromSource('understory_loading.ts'), '--shards', packed, ...common];
  const theirs = [
    values.python,
    inRoot('benchmarks/step/torch_loading.py'),
    ...common,
    '--workers',
    values.workers,
  ];
  const contestants = [
    new Contestant('Understory, shards', ours),
    ...(values.decoded === '0'
      ? []
      : [new Contestant('Understory, decoded on disk', [...ours, '--decoded', values.decoded])]),
    new Contestant('torchvision ImageFolder', [...theirs, '--kind', 'folder', '--files', folder]),
    new Contestant('webdataset', [...theirs, '--kind', 'shards', '--files', packed]),
  ];
  const rows = await race(contestants, { rounds: Number(values.rounds), warmup: Number(values.warmup), say });
  console.log(`\n**${values.images} JPEG files at ${size} pixels, ${values.workers} loader processes**\n`);
  console.log(tableOf(rows, { model: 'none', batch: Number(values.batch), size: Number(size) }));
}
