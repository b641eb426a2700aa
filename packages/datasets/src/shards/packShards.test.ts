import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { classesOf, SPLITS, type Dataset, type Samples } from '@understory/core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { images } from '../images/images.ts';
import { namesOf, openDataset } from '../testing/boxes.test.support.ts';
import { patterned } from '../testing/pictures.test.support.ts';
import { temporaryFolder, writeTree } from '../testing/temporary.test.support.ts';
import { packShards } from './packShards.ts';
import { shards } from './shards.ts';

beforeAll(async () => {
  vi.stubEnv('UNDERSTORY_CACHE', await temporaryFolder());
});
afterAll(() => void vi.unstubAllEnvs());

const CLASSES = ['10', '9', 'ca t', 'dög'];
const tree = async (bad: Readonly<Record<string, string>> = {}): Promise<string> => {
  const files: Record<string, Uint8Array | string> = { ...bad };
  for (const [split, count] of [
    ['train', 4],
    ['val', 2],
  ] as const)
    for (const [c, name] of CLASSES.entries())
      for (let i = 0; i < count; i++) {
        const picture = patterned(20 + c, 24 + i);
        const kind = i % 2 ? picture.png() : picture.jpeg();
        files[`${split}/${name}/img.${i}.x`] = await kind.toBuffer();
      }
  return writeTree(files);
};
const open = (root: string): Promise<Dataset> => openDataset(images({ root, size: [8, 8], validation: 0 }));
const newFolder = async (): Promise<string> => path.join(await temporaryFolder(), 'packed');

/** Hashes of all image files by their class's name, sorted. */
const contentsOf = async (samples: Samples, classes: readonly string[]): Promise<string[]> => {
  const labels = classesOf(samples);
  const all = await Promise.all(
    Array.from(labels, async (c, i) => {
      const hash = createHash('md5').update(await samples.file!(i));
      return `${classes[c]!} ${hash.digest('hex')}`;
    }),
  );
  return all.sort();
};

describe('packShards', () => {
  it('keeps files, classes and splits, in an order that is mixed and always the same', async () => {
    const dataset = await open(await tree());
    const [out, again] = [await newFolder(), await newFolder()];
    const manifest = await packShards(dataset, { out, shardBytes: 12_000 });
    const packed = await openDataset(shards({ root: out, size: [8, 8] }));
    expect(packed.classes).toEqual(CLASSES);
    for (const split of SPLITS)
      expect(await contentsOf(packed[split], packed.classes)).toEqual(
        await contentsOf(dataset[split], dataset.classes),
      );
    expect([...classesOf(packed.train)]).not.toEqual([...classesOf(packed.train)].sort());
    expect(new Set(packed.train.shards).size).toBeGreaterThan(1);
    for (const { file, bytes, samples } of manifest.splits.train.shards) {
      expect(bytes <= 12_000 || samples === 1).toBe(true);
      expect((await readFile(path.join(out, file))).length).toBe(bytes);
    }
    expect(await packShards(dataset, { out: again, shardBytes: 12_000 })).toEqual(manifest);
    expect(namesOf(packed.train)[0]).toMatch(/^train-000000\.tar\/00000000_img_\d\.(jpg|png)$/);
  });

  it('makes larger images smaller, and leaves the others as they are', async () => {
    const dataset = await open(await tree());
    const out = await newFolder();
    await packShards(dataset, { out, shardBytes: 1e6, resize: 21 });
    const { train } = await openDataset(shards({ root: out, size: [8, 8] }));
    const sizes = new Set<string>();
    for (let i = 0; i < train.length; i++) {
      const { height, width, format } = await sharp(await train.file!(i)).metadata();
      expect(Math.min(height, width)).toBeLessThanOrEqual(21);
      sizes.add(`${height} ${format}`);
    }
    expect([...sizes].sort()).toEqual(['20 jpeg', '20 png', '21 jpeg', '21 png']);
  });

  it('leaves nothing of a failure or of work that was stopped', async () => {
    const bad = await open(await tree({ 'train/9/none.jpg': 'not an image' }));
    const out = await newFolder();
    await expect(packShards(bad, { out, shardBytes: 1e6 })).rejects.toThrow(
      /train\/9\/none\.jpg: not an image/,
    );
    const stop = new AbortController();
    const progress = (): void => stop.abort();
    const many = { ...bad, train: bad.validation, validation: bad.validation, test: bad.validation };
    const stopped = packShards(many, { out, shardBytes: 1e6, signal: stop.signal, progress });
    await expect(stopped).rejects.toThrow(/Stopped/);
    expect(readdirSync(path.dirname(out))).toEqual([]);
  });

  it('refuses a folder that holds something', async () => {
    const dataset = await open(await tree());
    const out = await temporaryFolder();
    await packShards(dataset, { out, shardBytes: 1e6 });
    const before = readdirSync(out);
    await expect(packShards(dataset, { out, shardBytes: 1e6 })).rejects.toThrow(/is not empty/);
    expect(readdirSync(out)).toEqual(before);
  });
});

describe('shards with a manifest', () => {
  it('that are not all there, or were changed, are refused', async () => {
    const out = await newFolder();
    await packShards(await open(await tree()), { out, shardBytes: 12_000 });
    const [first, index] = [path.join(out, 'train-000000.tar'), path.join(out, 'train-000000.tar.index')];
    await rename(first, `${out}-kept.tar`);
    await expect(openDataset(shards({ root: out, size: [8, 8] }))).rejects.toThrow(
      /there is no train-000000\.tar/,
    );
    await writeFile(first, Buffer.concat([await readFile(`${out}-kept.tar`), Buffer.alloc(512)]));
    await rm(index);
    await expect(openDataset(shards({ root: out, size: [8, 8] }))).rejects.toThrow(
      /bytes, not \d+, as manifest/,
    );
    await writeFile(path.join(out, 'manifest.json'), '{"format":"understory-shards-1"}');
    await expect(openDataset(shards({ root: out }))).rejects.toThrow(/manifest\.json.*Pack the data again/);
  });
});
