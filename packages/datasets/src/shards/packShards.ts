import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  concurrently,
  permutation,
  SPLITS,
  UnderstoryError,
  type Dataset,
  type DatasetRequest,
  type Samples,
  type SplitName,
} from '@understory/core';
import { fileError, shownPath } from '@understory/core/file-error';
import { badImages, type Fault } from '../errors.ts';
import { IN_FLIGHT, reasonOf } from '../image/imageSamples.ts';
import { FIXED_SEED } from '../splits/splits.ts';
import { MANIFEST, type Manifest, type ManifestSplit } from './manifest.ts';
import { shardWriter, type PackedSample } from './shardWriter.ts';
import { asStored, pixelFile, smallerFile, type PackedFile } from './smallerFile.ts';

export interface PackOptions {
  /** Folder that is made; one that is there must be empty. */
  readonly out: string;
  /** Most bytes of a shard that holds more than one sample. */
  readonly shardBytes: number;
  /** Pixels of the shorter side that larger images are made smaller to; files are kept as they are where absent. */
  readonly resize?: number | undefined;
  /** Ends the work; nothing is left of it. */
  readonly signal?: AbortSignal | undefined;
  readonly progress?: DatasetRequest['progress'];
}

const refuse = (message: string): never => {
  throw new UnderstoryError('pack', message);
};

/** Letters of a file's own name in a key: what every tool takes, so that header and name stay short. */
const keyOf = (number: number, name: string): string => {
  const own = name.slice(name.lastIndexOf('/') + 1).replace(/\.[^.]*$/, '');
  const plain = own
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9_-]+/g, '_')
    .slice(0, 48);
  return `${String(number).padStart(8, '0')}_${plain}`;
};

const fileOf = async (samples: Samples, position: number, { resize }: PackOptions): Promise<PackedFile> => {
  if (!samples.file) return pixelFile(await samples.read([position]), samples.size);
  const file = await samples.file(position);
  return resize === undefined ? asStored(file) : smallerFile(file, resize);
};

/** Samples that are read and made smaller at once; they are written in their order. */
const CHUNK = 64;

const stopped = (): UnderstoryError => new UnderstoryError('stopped', 'Stopped. Nothing was written.');

/** Samples of a split, in a random order that is the same each time: so a shard is like the whole. */
async function* packedSamples(
  samples: Samples,
  labels: Int32Array,
  { split, options }: { readonly split: SplitName; readonly options: PackOptions },
): AsyncGenerator<readonly PackedSample[]> {
  const order = permutation(samples.length, FIXED_SEED.at('pack', split).rng());
  for (let from = 0; from < order.length; from += CHUNK) {
    if (options.signal?.aborted) throw stopped();
    const faults: Fault[] = [];
    const packed = await concurrently(
      [...order.subarray(from, from + CHUNK)],
      IN_FLIGHT,
      async (position, i) => {
        try {
          const file = await fileOf(samples, position, options);
          return { ...file, key: keyOf(from + i, samples.describe(position)), label: labels[position]! };
        } catch (error) {
          faults.push({ path: samples.describe(position), reason: reasonOf(error) });
          return undefined;
        }
      },
    );
    if (faults.length > 0) throw badImages(faults);
    yield packed.filter((sample) => sample !== undefined);
  }
}

const packSplit = async (
  folder: string,
  samples: Samples,
  split: SplitName,
  told: { readonly options: PackOptions; readonly onSamples: (count: number) => void },
): Promise<ManifestSplit> => {
  const { options, onSamples } = told;
  const labels =
    samples.groups ??
    refuse('Shards are of images that have one class each, and these have not. Choose another dataset.');
  const writer = shardWriter(folder, split, options.shardBytes);
  try {
    for await (const chunk of packedSamples(samples, labels, { split, options })) {
      for (const sample of chunk) await writer.add(sample);
      onSamples(chunk.length);
    }
    return await writer.end();
  } finally {
    await writer.abandon();
  }
};

const packAll = async (folder: string, dataset: Dataset, options: PackOptions): Promise<Manifest> => {
  const total = SPLITS.reduce((sum, split) => sum + dataset[split].length, 0);
  let done = 0;
  const onSamples = (count: number): void => {
    done += count;
    options.progress?.(done, total, 'packing images');
  };
  const splits: Partial<Record<SplitName, ManifestSplit>> = {};
  for (const split of SPLITS)
    if (dataset[split].length > 0)
      splits[split] = await packSplit(folder, dataset[split], split, { options, onSamples });
  const { train = refuse(`${dataset.name} has no images to train on.`), ...others } = splits;
  const { name, classes } = dataset;
  const { resize: resized } = options;
  return {
    format: 'understory-shards-1',
    ...{ name, classes: [...classes] },
    ...(resized !== undefined && { resized }),
    splits: { train, ...others },
  };
};

const checkFree = async (out: string): Promise<void> => {
  const inside = await readdir(out).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw fileError('write', out, error);
  });
  if (inside.length > 0)
    refuse(`${shownPath(out)} is not empty (it holds ${inside[0]!.slice(0, 60)}). Name a new folder.`);
};

/**
 * Writes a dataset as tar shards that webdataset reads, each with an index beside it, and `manifest.json`: classes, splits,
 * counts, checksums. The folder is whole or not there: it is made under another name beside it, and renamed at the end.
 * Errors: `pack`, `stopped`, `bad-image`, `write-failed`.
 */
export const packShards = async (dataset: Dataset, options: PackOptions): Promise<Manifest> => {
  const out = path.resolve(options.out);
  await checkFree(out);
  const write = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw fileError('write', options.out, error);
    });
  await write(mkdir(path.dirname(out), { recursive: true }));
  const draft = path.join(path.dirname(out), `.${path.basename(out)}-packing-${randomUUID().slice(0, 8)}`);
  await write(mkdir(draft));
  try {
    const manifest = await packAll(draft, dataset, options);
    if (options.signal?.aborted) throw stopped();
    await write(writeFile(path.join(draft, MANIFEST), `${JSON.stringify(manifest, undefined, 1)}\n`));
    await rmdir(out).catch(() => undefined); // an empty folder; one that is full by now makes the next line fail
    await write(rename(draft, out));
    return manifest;
  } catch (error) {
    await rm(draft, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
};
