import { existsSync, readdirSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { loadConfig } from '@understory/config/node';
import { decodeSafetensors, readBlackBox, readCheckpoint, seedOf, UnderstoryError } from '@understory/core';
import {
  cifar10,
  coco,
  idx,
  images,
  parquet,
  prepareFile,
  readImage,
  shards,
  table,
  voc,
  yolo,
} from '@understory/datasets';
import { choicesOf, type Engine } from '@understory/engine';
import { inspectWeights, readLayersModel, readWeights, savedModelFormat } from '@understory/interop/node';
import { decodeLook, encodeLook } from '@understory/report/node';
import { readExportInfo, readTfConfig } from '@understory/runs';
import {
  followMetrics,
  glanceAtRun,
  isRunning,
  listRuns,
  readMetrics,
  runFiles,
} from '@understory/tracking/node';
import { LISTED_READERS } from './listed.ts';
import { PAGE_READERS } from './page.ts';
import { openAndRead, put, SMALL, type Reader } from './reader.ts';
import * as samples from './samples.ts';

/** Opens a shard and decodes what it says it has. */
const openShards = async (root: string): Promise<void> => {
  const { UNDERSTORY_CACHE: before } = process.env;
  process.env['UNDERSTORY_CACHE'] = path.join(path.dirname(root), 'cache');
  const options = { root, size: SMALL, validation: 0, testShare: 0, onBadImage: 'skip' } as const;
  try {
    await openAndRead(shards({ ...options, splits: 'none' }));
  } finally {
    if (before === undefined) delete process.env['UNDERSTORY_CACHE'];
    else process.env['UNDERSTORY_CACHE'] = before;
  }
};

/** Makes of an archive what a dataset's plugin reads, as after a download; a checksum is right before that. */
const prepare = async (bytes: Uint8Array, folder: string): Promise<void> => {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const name = isGzip ? 'set.tgz' : 'set.tar';
  await rm(path.join(folder, 'out'), { recursive: true, force: true });
  await put(path.join(folder, name), bytes);
  const then = isGzip ? 'gunzip' : { unpackInto: 'out' };
  const digest = { algorithm: 'md5', hex: '', from: '' } as const;
  const file = { name, url: '', bytes: bytes.length, digest, then } as const;
  await prepareFile(file, folder, { signal: new AbortController().signal, progress: () => undefined });
};

const CIFAR_TRAIN = [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`);
const CIFAR_NAMES = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ').join('\n');

/** The archive's other files are sound; the input is its last training batch. */
const openCifar = async (bytes: Uint8Array, folder: string): Promise<unknown> => {
  await put(path.join(folder, 'data_batch_5.bin'), bytes);
  return cifar10({ root: folder, validation: 0 })({ seed: seedOf(0) });
};

const cifarFolder = async (folder: string): Promise<Uint8Array[]> => {
  const batch = samples.cifarBatch();
  for (const name of [...CIFAR_TRAIN, 'test_batch.bin']) await put(path.join(folder, name), batch);
  await put(path.join(folder, 'batches.meta.txt'), new Uint8Array(Buffer.from(`${CIFAR_NAMES}\n`)));
  return [batch];
};

const BOXES = { size: 8, validation: 0, testShare: 0 };

/** Puts files beside each other; those that lie there already stay. */
const putAll = async (folder: string, files: Readonly<Record<string, Uint8Array>>): Promise<string> => {
  for (const [name, bytes] of Object.entries(files)) await put(path.join(folder, name), bytes);
  return folder;
};

const yoloFolder = async (
  label: Uint8Array,
  data: Uint8Array | undefined,
  folder: string,
): Promise<string> => {
  const picture = await samples.smallPicture();
  const images = { 'images/train/a.png': picture, 'images/val/b.png': picture };
  const [sound = label] = samples.yoloData();
  return putAll(folder, { ...images, 'labels/train/a.txt': label, 'data.yaml': data ?? sound });
};

const PYTHON_NAMES = ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5'];

/** The version of CIFAR-10 for Python: the input is all its batches. */
const openPythonCifar = async (bytes: Uint8Array, folder: string): Promise<unknown> => {
  for (const name of [...PYTHON_NAMES, 'test_batch']) await put(path.join(folder, name), bytes);
  await put(path.join(folder, 'batches.meta'), samples.pythonCifarNames());
  return cifar10({ root: folder, validation: 0 })({ seed: seedOf(0) });
};

const ALL_TRAIN = { validation: 0, testShare: 0 };

const openTable = async (name: string, bytes: Uint8Array, folder: string): Promise<void> => {
  const picture = await samples.smallPicture();
  const root = await putAll(folder, { 'a.png': picture, 'b/c.png': picture, [name]: bytes });
  for (const onBadRow of ['error', 'skip'] as const)
    await openAndRead(table({ root, ...ALL_TRAIN, size: SMALL, onBadRow, several: '|' }));
};

/** MNIST's two files of one split: those that are named, and sound ones beside them. */
const openIdx = async (files: Readonly<Record<string, Uint8Array>>, folder: string): Promise<void> => {
  const [pictures, labels] = [samples.idxImages(), samples.idxLabels()].map(([first]) => first);
  const sound = { 'train-images-idx3-ubyte': pictures, 'train-labels-idx1-ubyte': labels };
  const all = Object.entries({
    ...('train-images-idx3-ubyte.gz' in files ? { 'train-labels-idx1-ubyte': labels } : sound),
    ...files,
  });
  const there = all.flatMap(([name, bytes]) => (bytes ? [[name, bytes] as const] : []));
  await openAndRead(idx({ root: await putAll(folder, Object.fromEntries(there)), ...ALL_TRAIN }));
};

const openParquet = async (bytes: Uint8Array, folder: string, several: boolean): Promise<void> => {
  const root = await putAll(folder, { 'a.parquet': bytes });
  await openAndRead(parquet({ root, ...ALL_TRAIN, size: SMALL, image: 'image', label: 'label', several }));
};

/** Follows a file as it grows in three parts, is cut short and is replaced; what it tells is what one tells who comes later. */
const followAll = async (file: string, bytes: Uint8Array): Promise<void> => {
  const look = followMetrics(file);
  const tell = async (): Promise<void> => {
    if (!isDeepStrictEqual(await look(), await followMetrics(file)()))
      throw new Error('a file that grew or was written anew is told as another than it is');
  };
  const third = Math.ceil(bytes.length / 3);
  for (const end of [third, 2 * third, bytes.length]) {
    await writeFile(file, bytes.subarray(0, end));
    await look();
  }
  await tell();
  await writeFile(file, bytes.subarray(0, bytes.length / 2));
  await tell();
  await put(`${file}.new`, Buffer.concat([bytes, bytes]));
  await rename(`${file}.new`, file);
  await tell();
};

/** Choices are kept in a file whose name is a hash: one is kept, and its file then holds the input. */
const findChoice = async (bytes: Uint8Array, folder: string): Promise<unknown> => {
  const cache = path.join(folder, 'cache');
  const choices = choicesOf({ native: false } as Engine, cache);
  choices.keep('steps', { chosen: 'float32', milliseconds: {} });
  const kept = path.join(cache, 'engine', 'choices');
  for (const name of readdirSync(kept)) await put(path.join(kept, name), bytes);
  return choices.find('steps');
};

const PAGES = ['none', 'snappy', 'gzip', 'brotli', 'zstd', 'lz4', 'second-version', 'delta', 'no-dictionary'];
const parquetFile = (name: string): Promise<Uint8Array> =>
  samples.repositoryFile(`packages/datasets/testdata/formats/parquet/${name}.parquet`);

const TORCH_FILES = ['tiny.pth', 'kinds.pt', 'evil.pt', 'module.pt', 'compressed.pt', 'old.pth'];

/** Every reader of the repository that takes in what it did not write. */
export const READERS: readonly Reader[] = [
  {
    name: 'safetensors',
    samples: () => [samples.safetensors(), samples.safetensors({ format: 'pt' })],
    read: (bytes) => decodeSafetensors(bytes),
  },
  {
    name: 'weights',
    samples: () =>
      Promise.all(TORCH_FILES.map((name) => samples.repositoryFile(`packages/interop/testdata/${name}`))),
    async read(bytes) {
      await readWeights(bytes);
      await inspectWeights(bytes);
    },
  },
  {
    name: 'keras',
    samples: async () => [await samples.repositoryFile('examples/keras-model/keras/model.json')],
    async read(bytes, folder) {
      const file = await put(path.join(folder, 'model.json'), bytes);
      await put(
        path.join(folder, 'group1-shard1of1.bin'),
        await samples.repositoryFile('examples/keras-model/keras/group1-shard1of1.bin'),
      );
      (await readLayersModel(file)).dispose();
    },
  },
  {
    name: 'archive',
    samples: samples.archives,
    read: async (bytes, folder) =>
      openAndRead(
        images({ root: await put(path.join(folder, 'input.tar'), bytes), size: SMALL, validation: 0 }),
      ),
  },
  {
    name: 'shard',
    samples: samples.shards,
    async read(bytes, folder) {
      const file = await put(path.join(folder, 'input.tar'), bytes);
      await openShards(file);
    },
  },
  {
    name: 'shard-index',
    samples: samples.shardIndexes,
    async read(bytes, folder) {
      const file = path.join(folder, 'packed', 'train-000000.tar');
      if (!existsSync(file)) await samples.shardIndexes(folder);
      await put(`${file}.index`, bytes);
      await openShards(file);
    },
  },
  { name: 'prepared', samples: samples.archives, read: prepare },
  { name: 'cifar', samples: cifarFolder, read: openCifar },
  { name: 'cifar-python', samples: samples.pythonCifarBatches, read: openPythonCifar },
  {
    name: 'idx-images',
    samples: samples.idxImages,
    async read(bytes, folder) {
      const name = bytes[0] === 0x1f ? 'train-images-idx3-ubyte.gz' : 'train-images-idx3-ubyte';
      await openIdx({ [name]: bytes }, path.join(folder, name));
    },
  },
  {
    name: 'idx-labels',
    samples: samples.idxLabels,
    read: async (bytes, folder) => openIdx({ 'train-labels-idx1-ubyte': bytes }, folder),
  },
  {
    name: 'idx-mapping',
    samples: samples.idxMappings,
    read: async (bytes, folder) => openIdx({ '-mapping.txt': bytes }, folder),
  },
  {
    name: 'csv',
    samples: samples.csvTables,
    read: async (bytes, folder) => openTable('labels.csv', bytes, folder),
  },
  {
    name: 'jsonl',
    samples: samples.jsonTables,
    read: async (bytes, folder) => openTable('labels.jsonl', bytes, folder),
  },
  {
    name: 'parquet',
    samples: () =>
      Promise.all(['texts', 'no-bytes', ...PAGES.map((name) => `forms/${name}`)].map(parquetFile)),
    read: async (bytes, folder) => openParquet(bytes, folder, false),
  },
  {
    name: 'parquet-lists',
    samples: async () => [await parquetFile('lists')],
    read: async (bytes, folder) => openParquet(bytes, folder, true),
  },
  {
    name: 'image',
    samples: samples.pictures,
    read: async (bytes, folder) => readImage(await put(path.join(folder, 'input'), bytes), [32, 32]),
  },
  {
    name: 'voc',
    samples: samples.vocFiles,
    async read(bytes, folder) {
      const root = await putAll(folder, { 'a.png': await samples.smallPicture(), 'a.xml': bytes });
      await openAndRead(voc({ root, ...BOXES }));
    },
  },
  {
    name: 'coco',
    samples: samples.cocoFiles,
    async read(bytes, folder) {
      const root = await putAll(folder, { 'a.png': await samples.smallPicture(), 'all.json': bytes });
      await openAndRead(coco({ root, ...BOXES }));
    },
  },
  {
    name: 'yolo',
    samples: samples.yoloLabels,
    read: async (bytes, folder) =>
      openAndRead(yolo({ root: await yoloFolder(bytes, undefined, folder), ...BOXES })),
  },
  {
    name: 'yolo-data',
    samples: samples.yoloData,
    async read(bytes, folder) {
      const [label = bytes] = samples.yoloLabels();
      await openAndRead(yolo({ root: await yoloFolder(label, bytes, folder), ...BOXES }));
    },
  },
  {
    name: 'config',
    samples: samples.configs,
    read: async (bytes, folder) => loadConfig(await put(path.join(folder, 'input.yaml'), bytes)),
  },
  {
    name: 'checkpoint',
    samples: () => [
      samples.safetensors({
        format: 'understory-1',
        progress: JSON.stringify({ step: 4, bestEpoch: 0, bestValue: 0.5, sums: { loss: 3 }, seconds: 2 }),
      }),
    ],
    read: (bytes) => readCheckpoint(bytes, 'last.safetensors'),
  },
  {
    name: 'black-box',
    samples: () => [samples.blackBox()],
    read: (bytes) => readBlackBox(bytes, 'a black box'),
  },
  {
    name: 'metrics',
    samples: samples.metricsLines,
    async read(bytes, folder) {
      const run = path.join(folder, 'run');
      const { metrics } = runFiles(run);
      await readMetrics(await put(metrics, bytes));
      await listRuns(folder);
    },
  },
  {
    name: 'followed-metrics',
    samples: samples.metricsLines,
    async read(bytes, folder) {
      const run = path.join(folder, 'run');
      const { metrics } = runFiles(run);
      await put(metrics, bytes);
      await glanceAtRun(run);
      await followAll(metrics, bytes);
      await glanceAtRun(run);
    },
  },
  {
    name: 'look',
    samples: () => [new TextEncoder().encode(encodeLook(samples.look))],
    read: (bytes) => decodeLook(new TextDecoder().decode(bytes)),
  },
  {
    name: 'lock',
    samples: samples.locks,
    async read(bytes, folder) {
      const run = path.join(folder, 'run');
      await put(runFiles(run).lock, bytes);
      await isRunning(run);
    },
  },
  {
    name: 'saved-model',
    samples: samples.savedModels,
    async read(bytes, folder) {
      const file = await put(path.join(folder, 'saved_model.pb'), bytes);
      // What TensorFlow makes of it is TensorFlow's own: its signature is read here.
      const savedModel = (): Promise<never> => Promise.reject(new UnderstoryError('bad-model', 'not opened'));
      await savedModelFormat({ weights: 'float32' }).open?.({ files: [file], savedModel });
    },
  },
  {
    name: 'export-info',
    samples: samples.exportInfos,
    async read(bytes, folder) {
      await put(path.join(folder, 'export.json'), bytes);
      await readExportInfo(folder);
    },
  },
  { name: 'precision-choice', samples: samples.precisionChoices, read: findChoice },
  {
    name: 'tf-config',
    samples: samples.tfConfigs,
    read: (bytes) => readTfConfig(new TextDecoder().decode(bytes)),
  },
  ...LISTED_READERS,
  ...PAGE_READERS,
];
