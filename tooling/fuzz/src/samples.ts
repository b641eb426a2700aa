import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { encodeSafetensors, float32, int32, seedOf, uint8 } from '@understory/core';
import { message } from '@understory/core/protobuf';
import { images, packShards } from '@understory/datasets';
import sharp, { type Sharp } from 'sharp';
import { create } from 'tar';

const root = path.resolve(import.meta.dirname, '../../..');
const textBytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

/** A file of the repository. */
export const repositoryFile = async (name: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(path.join(root, name)));

const tensors = {
  'conv/kernel': float32([1, 2, 3, 4, 5, 6], [2, 3]),
  'bank/positions': int32([3, 2, 1], [3]),
  scalar: float32([0.5], []),
};

export const safetensors = (metadata: Readonly<Record<string, string>> = {}): Uint8Array =>
  encodeSafetensors(tensors, metadata);

export const blackBox = (): Uint8Array =>
  encodeSafetensors(
    {
      'state/a': float32([1, 2], [2]),
      'inputs/train/positions': int32([0, 1], [2]),
      'teacher0/b': float32([3], [1]),
      labels: int32([0, 1, 1], [3]),
    },
    {
      format: 'understory-black-box-2',
      step: '7',
      description: JSON.stringify({ config: { dataset: 'emoji' } }),
      about: JSON.stringify({ samples: { train: ['a.jpg', 'b.jpg'] }, teachers: 1 }),
    },
  );

const picture = (): Sharp =>
  sharp(
    Uint8Array.from({ length: 9 * 7 * 3 }, (_, i) => Math.imul(i, 2654435761) >>> 24),
    { raw: { width: 9, height: 7, channels: 3 } },
  );

/** An uncompressed picture as Windows writes it, 24 bits a pixel. */
const bmp = (): Uint8Array => {
  const [width, height] = [3, 2];
  const row = Math.ceil((width * 3) / 4) * 4;
  const bytes = Buffer.alloc(54 + row * height, 77);
  bytes.write('BM');
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(0, 6);
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(width, 18);
  bytes.writeInt32LE(height, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  bytes.fill(0, 30, 54);
  return new Uint8Array(bytes);
};

/** The same picture in every format that is read. */
export const pictures = async (): Promise<Uint8Array[]> => {
  const encoded = await Promise.all([
    picture().jpeg().toBuffer(),
    picture().jpeg({ progressive: true }).toBuffer(),
    picture().png().toBuffer(),
    picture().png({ palette: true }).toBuffer(),
    picture().webp().toBuffer(),
    picture().gif().toBuffer(),
    picture().tiff().toBuffer(),
    picture().avif().toBuffer(),
  ]);
  return [...encoded.map((bytes) => new Uint8Array(bytes)), bmp()];
};

const imageTree = async (folder: string): Promise<string> => {
  const tree = path.join(folder, 'tree');
  const image = await picture().png().toBuffer();
  for (const name of ['cat/0.png', 'cat/1.png', 'dog/0.png', 'dog/1.png', `dog/${'long'.repeat(40)}.png`]) {
    await mkdir(path.dirname(path.join(tree, name)), { recursive: true });
    await writeFile(path.join(tree, name), image);
  }
  return tree;
};

const ZIP = `
import sys, zipfile
image = sys.stdin.buffer.read()
link = zipfile.ZipInfo("dog/link.png")
link.create_system, link.external_attr = 3, 0o120777 << 16
with zipfile.ZipFile(sys.argv[1], "w") as out:
    out.writestr("cat/0.png", image, zipfile.ZIP_DEFLATED)
    out.writestr("dog/0.png", image, zipfile.ZIP_STORED)
    out.writestr(link, "0.png")
`;

/** A zip with a deflated image, a stored one and a link, as Python writes it. */
const zipped = async (folder: string): Promise<Buffer> => {
  const file = path.join(folder, 'sample.zip');
  execFileSync('python3', ['-c', ZIP, file], { input: await picture().png().toBuffer() });
  return readFile(file);
};

const SHARDS = 'packages/datasets/testdata/shards';

/** Shards as webdataset writes them: short names and long ones, classes as numbers. */
export const shards = (): Promise<Uint8Array[]> =>
  Promise.all(
    ['train-000000.tar', 'train-000001.tar', 'val.tar'].map((name) => repositoryFile(`${SHARDS}/${name}`)),
  );

/** The index of a shard that lies beside it in the folder. */
export const shardIndexes = async (folder: string): Promise<Uint8Array[]> => {
  const [root, out] = [await imageTree(folder), path.join(folder, 'packed')];
  await rm(out, { recursive: true, force: true });
  const dataset = await images({ root, size: [8, 8], validation: 0, testShare: 0 })({ seed: seedOf(0) });
  await packShards(dataset, { out, shardBytes: 1e6 });
  return [new Uint8Array(await readFile(path.join(out, 'train-000000.tar.index')))];
};

/** A dataset's archives: tars with short headers, with pax headers, compressed; a zip. */
export const archives = async (folder: string): Promise<Uint8Array[]> => {
  const cwd = await imageTree(folder);
  const packed = async (options: object): Promise<Buffer> => {
    const file = path.join(folder, 'sample.tar');
    await create({ file, cwd, ...options }, ['.']);
    return readFile(file);
  };
  const plain = await packed({ portable: true, noPax: true });
  return [plain, await packed({}), gzipSync(plain), await zipped(folder)].map(
    (bytes) => new Uint8Array(bytes),
  );
};

/** A binary batch of CIFAR-10 with an image of each class. */
export const cifarBatch = (): Uint8Array =>
  Uint8Array.from({ length: 10 * 3073 }, (_, i) => (i % 3073 === 0 ? (i / 3073) % 10 : i & 255));

/** A text as Python 2 writes it into a pickle. */
const pickled = (value: string): Buffer =>
  Buffer.concat([Buffer.from([0x55, value.length]), Buffer.from(value, 'latin1')]);

/** A batch of two images of CIFAR-10, pickled as the version for Python is. */
export const pythonCifarBatches = (): Uint8Array[] => {
  const pixels = Buffer.from(Uint8Array.from({ length: 2 * 3072 }, (_, i) => i & 255));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(pixels.length);
  const ops = (text: string): Buffer => Buffer.from(text, 'latin1');
  const array = [
    ops('cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nK\0\x85'),
    pickled('b'),
    ops('\x87R(K\x01K\x02M\0\x0c\x86cnumpy\ndtype\n'),
    pickled('u1'),
    ops('K\0K\x01\x87R\x89T'),
    size,
    pixels,
    ops('tb'),
  ];
  const labels = [pickled('labels'), ops(']q\x02(K\x03K\x07e')];
  const parts = [ops('\x80\x02}('), ...labels, pickled('data'), ...array, ops('u.')];
  return [new Uint8Array(Buffer.concat(parts))];
};

export const pythonCifarNames = (): Uint8Array => {
  const names = Array.from({ length: 10 }, (_, i) => pickled(`class ${i}`));
  const parts = [Buffer.from('\x80\x02}', 'latin1'), pickled('label_names'), Buffer.from(']('), ...names];
  return new Uint8Array(Buffer.concat([...parts, Buffer.from('es.')]));
};

/** Three pictures of 2 x 2 pixels in MNIST's format, packed and not. */
export const idxImages = (): Uint8Array[] => {
  const plain = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2, ...Array(12).keys());
  return [plain, new Uint8Array(gzipSync(plain))];
};
export const idxLabels = (): Uint8Array[] => [Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 0, 1, 0)];
export const idxMappings = (): Uint8Array[] => ['0 48\n1 65 97\n'].map(textBytes);

export const csvTables = (): Uint8Array[] =>
  [
    'path,label,split\na.png,"cat, ""big"" one",train\n"b/c.png",cat|dog,train\n',
    'file;class\r\na.png;1\r\n\r\nb/c.png;2\r\n',
  ].map(textBytes);
export const jsonTables = (): Uint8Array[] =>
  [
    '{"path":"a.png","label":["cat","dog"]}\n{"path":"b/c.png","label":"cat"}\n',
    '{"image":"a.png","class":3}',
  ].map(textBytes);

const CONFIG = `# a comment
name: fuzz
dataset: [images, { root: flowers/, size: [64, 64], validation: 0.1 }]
backbone: [resnet18, { width: 0.5 }]
objectives:
  - cross-entropy
  - [contrastive-deep-supervision, { weight: 0.1, loss: [supcon, { temperature: 0.07 }] }]
views: [[[crop, { pad: 4 }], flip], [[crop, { pad: 4 }], flip]]
epochs: 30
engine: { mode: eager, threads: 1 }
`;
export const configs = (): Uint8Array[] =>
  [
    CONFIG,
    'defaults: &d { seed: 1 }\ndataset: emoji\nunlabelled: { labelled: 0.1, batch: 16 }\nepochs: 2\n',
    JSON.stringify({ dataset: ['cifar10', { root: '.' }], epochs: 3, metrics: ['accuracy'] }, null, 2),
  ].map(textBytes);

const start = {
  ...{ type: 'start', run: 'a', engine: 'eager', epochs: 2, stepsPerEpoch: 2, step: 0 },
  parameters: { inference: 10, heads: 5 },
};
const step = {
  ...{ type: 'step', step: 0, epoch: 0, loss: 2.5, terms: { 'cross-entropy/loss': 2.5 }, rate: 0.1 },
  ...{ gradientNorm: 1, imagesPerSecond: 100, waiting: 0 },
};
const metrics = { accuracy: 0.5 };
const split = { validation: metrics, test: metrics };
const EVENTS = [
  start,
  step,
  { type: 'epoch', epoch: 0, step: 2, loss: 2, terms: {}, metrics, best: true, seconds: 1 },
  { type: 'checkpoint', name: 'last', step: 2 },
  {
    ...{ type: 'done', step: 4, aborted: false, seconds: 3 },
    result: { selectOn: 'validation', bestEpoch: 1, last: split, best: split },
  },
];
export const metricsLines = (): Uint8Array[] => {
  const time = '2026-11-28T09:00:00.000Z';
  const lines = EVENTS.map((event) => `${JSON.stringify({ time, ...event })}\n`);
  return [textBytes(lines.join('')), textBytes(lines.slice(0, 2).join(''))];
};

const VOC = `<?xml version="1.0" encoding="UTF-8"?>
<!-- a comment --><annotation><filename>a.png</filename>
  <size><width>9</width><height>7</height><depth>3</depth></size>
  <object><name>cat &amp; dog</name><difficult>1</difficult>
    <bndbox><xmin>1</xmin><ymin>2.5</ymin><xmax>8</xmax><ymax>7</ymax></bndbox>
    <part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></part></object>
  <object><bndbox><ymax>3</ymax><xmin>1</xmin><ymin>1</ymin><xmax>3</xmax></bndbox><name>dog</name></object>
</annotation>
`;
export const vocFiles = (): Uint8Array[] => [textBytes(VOC)];

const COCO = {
  info: { year: 2017 },
  images: [{ id: 7, file_name: 'a.png', width: 9, height: 7 }],
  annotations: [
    {
      image_id: 7,
      category_id: 3,
      bbox: [1, 2.5, 6, 4],
      area: 20.5,
      iscrowd: 0,
      segmentation: [[1, 2, 3, 4]],
    },
    {
      image_id: 7,
      category_id: 9,
      bbox: [0, 0, 9, 7],
      iscrowd: 1,
      segmentation: { counts: [1, 2], size: [7, 9] },
    },
  ],
  categories: [
    { id: 3, name: 'cat' },
    { id: 9, name: 'dog' },
  ],
};
export const cocoFiles = (): Uint8Array[] =>
  [JSON.stringify(COCO), JSON.stringify(COCO, null, 1)].map(textBytes);

export const yoloLabels = (): Uint8Array[] =>
  ['0 0.5 0.5 0.25 0.5\n1 0.1 0.2 0.9 0.3 0.5 0.8\n', '1 .5 .5 1e-1 1\r\n'].map(textBytes);

const YOLO_DATA = `path: ../datasets/set # a comment
train: images/train
val: [images/val]
nc: 2
names:
  0: cat
  1: "dog"
`;
export const yoloData = (): Uint8Array[] =>
  [YOLO_DATA, 'train: ../images/train\nval: images/val\nnames: [cat, dog]\n'].map(textBytes);

/** A picture of 9 x 7 pixels, as a PNG. */
export const smallPicture = async (): Promise<Uint8Array> => new Uint8Array(await picture().png().toBuffer());

export const locks = (): Uint8Array[] =>
  [
    { pid: process.pid, host: 'elsewhere', born: '1' },
    { pid: 4_000_000, host: 'here', born: '' },
  ].map((owner) => textBytes(`${JSON.stringify(owner)}\n`));

/** What a run keeps for its page: views, and what it says of two test images. */
export const look = {
  views: {
    titles: ['crop'],
    about: ['In them, a crop fills with black.'],
    samples: [{ label: 0, views: [uint8(new Uint8Array(12).fill(7), [2, 2, 3])] }],
  },
  pictures: new Map([[3, { picture: uint8(new Uint8Array(12).fill(9), [2, 2, 3]), name: 'a' }]]),
  metrics: [{ name: 'accuracy', goal: 'max' }],
  task: 'classification',
  method: {
    predictions: { classes: 2, logits: Float32Array.of(1, 2, 3, 4), labels: Int32Array.of(0, 1) },
  },
} as const;

/** The signature of a SavedModel, with any number of images and with one. */
export const savedModels = (): Uint8Array[] =>
  [-1, 1].map((batch) => {
    const shape = message({ 2: [batch, 8, 8, 3].map((size) => message({ 1: size })) });
    const entry = (name: string): Uint8Array =>
      message({ 1: name, 2: message({ 1: `${name}:0`, 2: 1, 3: shape }) });
    const signature = message({
      1: entry('pixels'),
      2: [entry('probabilities'), entry('more')],
      3: 'predict',
    });
    return message({ 1: 1, 2: message({ 5: message({ 1: 'serving_default', 2: signature }) }) });
  });

/** What lies beside an exported file. */
export const exportInfos = (): Uint8Array[] => {
  const dataset = {
    name: 'd',
    classes: ['a'],
    normalization: { mean: [0, 0, 0], std: [1, 1, 1] },
    size: [8, 8],
  };
  const run = { config: { name: 'n', task: 'classification' }, folder: '/', dataset };
  const info = {
    format: 'understory-export-1',
    written: ['onnx', {}],
    files: ['model.onnx'],
    outputs: ['p'],
    run,
  };
  return [textBytes(JSON.stringify(info))];
};

/** What a short measurement chose, as the engine's cache keeps it. */
export const precisionChoices = (): Uint8Array[] =>
  [{ machine: 'm', what: 'steps', chosen: 'bfloat16', milliseconds: { float32: 12.5, bfloat16: 7 } }].map(
    (choice) => textBytes(`${JSON.stringify(choice, null, 2)}\n`),
  );

/** `TF_CONFIG` as a cluster's manager writes it. */
export const tfConfigs = (): Uint8Array[] =>
  [
    { cluster: { worker: ['10.0.0.2:2222', '[::1]:2222'] }, task: { type: 'worker', index: 1 } },
    { cluster: { chief: ['a.example:1'], worker: ['b.example:2'] }, task: { type: 'chief', index: 0 } },
  ].map((config) => textBytes(JSON.stringify(config)));
