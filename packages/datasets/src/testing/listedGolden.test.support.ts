import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { classesOf, type Dataset, type Samples } from '@understory/core';
import { plain } from './pictures.test.support.ts';

const TESTDATA = path.resolve(import.meta.dirname, '../../testdata');
export type Pairs = readonly (readonly [name: string, label: number])[];

/** What torchvision and scipy read in the lists of `testdata/listed`: see `testdata/listed.py`. */
export const golden = JSON.parse(await readFile(path.join(TESTDATA, 'listed.json'), 'utf8')) as {
  readonly cub: { readonly classes: string[]; readonly train: Pairs; readonly test: Pairs };
  readonly cars: {
    readonly classes: string[];
    readonly train: Pairs;
    readonly test: Pairs;
    readonly single: { readonly train: Pairs; readonly test: Pairs };
  };
  readonly flowers: {
    readonly classes: string[];
    readonly train: Pairs;
    readonly val: Pairs;
    readonly test: Pairs;
  };
  readonly dogs: { readonly classes: string[]; readonly train: Pairs; readonly test: Pairs };
  readonly aircraft: Readonly<
    Record<
      'variant' | 'family' | 'manufacturer',
      {
        readonly classes: string[];
        readonly train: Pairs;
        readonly val: Pairs;
        readonly trainval: Pairs;
        readonly test: Pairs;
      }
    >
  >;
  readonly imagenet: {
    readonly synsets: string[];
    readonly words: string[];
    readonly train: Pairs;
    readonly val: Pairs;
  };
  readonly kinds: {
    readonly numbers: Readonly<Record<string, readonly [number[], number[]]>>;
    readonly texts: Readonly<Record<string, string[]>>;
  };
};

/** A file of `testdata/listed`. */
export const listFile = (name: string): Promise<Buffer> => readFile(path.join(TESTDATA, 'listed', name));

/** Files of a folder of `testdata/listed`, under a prefix. */
export const listFiles = async (folder: string, under: string): Promise<Record<string, Buffer>> => {
  const found = await readdir(path.join(TESTDATA, 'listed', folder), {
    recursive: true,
    withFileTypes: true,
  });
  const files: Record<string, Buffer> = {};
  for (const entry of found) {
    if (!entry.isFile()) continue;
    const at = path.join(entry.parentPath, entry.name);
    files[under + path.relative(path.join(TESTDATA, 'listed', folder), at)] = await readFile(at);
  }
  return files;
};

export type Tree = Readonly<Record<string, Buffer | string>>;

/** The grey of the picture of a name: all differ, so that one sees which was read. */
const greys = new Map<string, number>();
const greyOf = (name: string): number => {
  const grey = greys.get(name) ?? (greys.size * 7) % 250;
  greys.set(name, grey);
  return grey;
};

/** Small pictures, each of its own grey, at these paths. */
export const pictures = async (
  under: string,
  ...pairs: readonly Pairs[]
): Promise<Record<string, Buffer>> => {
  const files: Record<string, Buffer> = {};
  for (const [name] of pairs.flat()) {
    const grey = greyOf(path.basename(name));
    files[under + name] = await plain([grey, grey, grey], 28, 12).jpeg({ quality: 100 }).toBuffer();
  }
  return files;
};

/** The grey of each picture of a split, as read, beside that of the file of its name. */
export const greysOf = async (
  samples: Samples,
): Promise<{ readonly read: number[]; readonly made: number[] }> => {
  const all = Array.from({ length: samples.length }, (_, i) => i);
  const pixels = await samples.read(all);
  const each = samples.size[0] * samples.size[1] * 3;
  return {
    read: all.map((i) => pixels[i * each] ?? -1),
    made: all.map((i) => greyOf(path.basename(samples.describe(i)))),
  };
};

/** Names and labels of a split, in order. */
export const pairsOf = (samples: Samples): [string, number][] => {
  const labels = classesOf(samples);
  return Array.from({ length: samples.length }, (_, i) => [samples.describe(i), labels[i] ?? -1]);
};

/** What a dataset gives of each split, to compare. */
export const splitsOf = ({
  train,
  validation,
  test,
}: Dataset): Record<'train' | 'validation' | 'test', [string, number][]> => ({
  train: pairsOf(train),
  validation: pairsOf(validation),
  test: pairsOf(test),
});
