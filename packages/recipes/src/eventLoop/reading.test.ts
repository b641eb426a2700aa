import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DATASET, seedOf, type AnyPlugin, type Dataset } from '@understory/core';
import { createRegistry } from '@understory/registry';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultPlugins } from '../defaultPlugins.ts';
import { LONGEST, turnOf } from '../testing/longestTurn.ts';
import { variantsOf } from '../testing/variants.ts';

// What opening and reading do on the event loop: of every dataset, with every choice that its options offer.
const BATCH = 16; // more only makes more turns
const SIDE = 224;
const registry = createRegistry(defaultPlugins);
const folder = mkdtempSync(path.join(tmpdir(), 'understory-reading-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Sharp = (
  data: Uint8Array,
  options: { raw: { width: number; height: number; channels: number } },
) => Record<'png' | 'jpeg', () => { toBuffer(): Promise<Uint8Array> }>;
// The library that the datasets decode with, as they find it.
const fromDatasets = createRequire(new URL('../../../datasets/package.json', import.meta.url));
const { default: sharp } = (await import(fromDatasets.resolve('sharp'))) as { default: Sharp };

const pictures = async (
  name: string,
  format: 'png' | 'jpeg',
  height: number,
  width: number,
): Promise<void> => {
  for (let i = 0; i < 20; i++) {
    const raw = { width, height, channels: 3 };
    const pixels = new Uint8Array(height * width * 3).map((_, p) => Math.imul(p + i, 2654435761) >>> 11);
    const at = path.join(folder, name, `class ${i % 2}`);
    mkdirSync(at, { recursive: true });
    writeFileSync(path.join(at, `${i}.${format}`), await sharp(pixels, { raw })[format]().toBuffer());
  }
};

/** Datasets of boxes. */
const BOXES = ['voc', 'coco', 'yolo'];

/** Pictures beside their boxes in each of the formats. */
const annotated = async (): Promise<void> => {
  const images = Array.from({ length: 20 }, (_, i) => `class ${i % 2}/${i}`);
  const size = { height: 400, width: 500 };
  const box = '<bndbox><xmin>10</xmin><ymin>20</ymin><xmax>200</xmax><ymax>300</ymax></bndbox>';
  const xml = `<annotation><object><name>cell</name>${box}</object></annotation>`;
  const json = {
    images: images.map((name, id) => ({ id, file_name: `${name}.jpeg`, ...size })),
    annotations: images.map((_, image_id) => ({ image_id, category_id: 1, bbox: [9, 19, 191, 281] })),
    categories: [{ id: 1, name: 'cell' }],
  };
  for (const format of BOXES) await pictures(format, 'jpeg', 400, 500);
  for (const name of images) {
    writeFileSync(path.join(folder, 'voc', `${name}.xml`), xml);
    writeFileSync(path.join(folder, 'yolo', `${name}.txt`), '0 0.5 0.5 0.3 0.3');
  }
  writeFileSync(path.join(folder, 'coco', 'boxes.json'), JSON.stringify(json));
  writeFileSync(path.join(folder, 'yolo', 'classes.txt'), 'cell');
};

/** Where the package of datasets keeps small files of each format, as its tests read them. */
const KEPT: Readonly<Record<string, { readonly root: string; readonly [option: string]: unknown }>> = {
  table: { root: 'formats/table', images: 'pictures', header: true },
  parquet: { root: 'formats/parquet/hub', several: false },
  idx: { root: 'formats/mnist' },
  shards: { root: 'shards/train-{000000..000001}.tar' },
};
const kept = (file: string): string =>
  fileURLToPath(new URL(`../../../datasets/testdata/${file}`, import.meta.url));
/** Official lists in miniature, with pictures; what writes them is that package's. */
const { MINIATURES, writeTree } = (await import(
  new URL('../../../datasets/src/testing/listed.test.support.ts', import.meta.url).href
)) as {
  readonly MINIATURES: Readonly<Record<string, { readonly tree: Readonly<Record<string, Uint8Array>> }>>;
  readonly writeTree: (tree: Readonly<Record<string, Uint8Array>>) => Promise<string>;
};

const RECORDS = 1_000; // all 60,000 take 0.2 s when CIFAR opens, which is before training begins

const cifar = (name: string, labelBytes: number, files: readonly string[]): void => {
  const at = path.join(folder, name);
  mkdirSync(at);
  const length = labelBytes + 3072;
  const records = new Uint8Array(RECORDS * length); // all black
  for (let r = 0; r < RECORDS; r++) records.fill(r % 10, r * length, r * length + labelBytes);
  for (const file of files) writeFileSync(path.join(at, file), records);
  const names = Array.from({ length: 100 }, (_, i) => `class ${i}\n`);
  writeFileSync(path.join(at, 'batches.meta.txt'), names.slice(0, 10).join(''));
  writeFileSync(path.join(at, 'fine_label_names.txt'), names.join(''));
  writeFileSync(path.join(at, 'coarse_label_names.txt'), names.slice(0, 20).join(''));
};

/** Roots of the official lists, which are written before the tests and after these are named. */
const roots = new Map<string, string>();
const LISTED = 'written before the tests';

beforeAll(async () => {
  await pictures('large', 'jpeg', 400, 500);
  await pictures('small', 'png', 24, 32);
  await annotated();
  for (const [name, { tree }] of Object.entries(MINIATURES)) roots.set(name, await writeTree(tree));
  cifar('cifar10', 1, ['test_batch.bin', ...[1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`)]);
  cifar('cifar100', 2, ['train.bin', 'test.bin']);
});

/** A dataset with every choice of its options, but where another one's differ in nothing else. */
const casesOf = (plugin: AnyPlugin): readonly object[] => {
  const given = KEPT[plugin.name];
  if (given !== undefined) return variantsOf(plugin, { ...given, root: kept(given.root) });
  if (plugin.name in MINIATURES) return variantsOf(plugin, { root: LISTED, size: [SIDE, SIDE], cache: 0 });
  const root = path.join(folder, plugin.name);
  if (plugin.name === 'emoji') return variantsOf(plugin, { limit: 200 });
  const boxes = { root, size: [SIDE, SIDE], cache: 0 };
  if (BOXES.includes(plugin.name)) return plugin.name === 'voc' ? variantsOf(plugin, boxes) : [boxes];
  if (plugin.name !== 'images') return variantsOf(plugin, { root });
  const images = { size: [SIDE, SIDE], cache: 0, normalization: 'imagenet' };
  const [large, small] = ['large', 'small'].map((kind) => ({ ...images, root: path.join(folder, kind) }));
  return [...variantsOf(plugin, large), small!];
};
const cases = defaultPlugins
  .filter(({ token }) => token.key === DATASET.key)
  .flatMap((plugin) => casesOf(plugin).map((options) => [plugin.name, options] as const));

describe.runIf(process.platform === 'linux')('the event loop turns every 50 ms while', () => {
  it.each(cases)('%s %j opens and gives a batch', async (name, options) => {
    const root = roots.get(name);
    const open = registry.make(DATASET, [name, { ...options, ...(root !== undefined && { root }) }]);
    const opened: Dataset[] = [];
    const read = async (): Promise<void> => {
      const dataset = await open({ seed: seedOf(1) });
      opened.push(dataset);
      const { train } = dataset;
      await train.read(Array.from({ length: BATCH }, (_, i) => (i * 7) % train.length));
    };
    expect(await turnOf(read)).toBeLessThan(LONGEST);
    for (const dataset of opened) await dataset.close?.();
  });
});
