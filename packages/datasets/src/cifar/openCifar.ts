import { type Dataset, type DatasetRequest, type Normalization, type Samples } from '@understory/core';
import { badDataset } from '../errors.ts';
import { rawSamples } from '../samples/rawSamples.ts';
import { subset } from '../samples/subset.ts';
import type { FileSource } from '../sources/fileSource.ts';
import { openSource } from '../sources/openSource.ts';
import { holdOut } from '../splits/holdOut.ts';
import { limited, type LimitOption } from '../splits/limits.ts';
import { CIFAR_PIXELS, readRecords } from './cifarRecords.ts';

/** How one of the two official archives is laid out. */
export interface CifarLayout {
  readonly name: string;
  readonly train: readonly string[];
  readonly test: readonly string[];
  readonly labelBytes: number;
  /** Which label byte is the class. */
  readonly label: number;
  /** File of class names, one a line, and how many. */
  readonly names: string;
  readonly classes: number;
  readonly normalization: Normalization;
}

export interface CifarOptions {
  readonly root: string;
  readonly validation: number;
  readonly limit?: LimitOption | undefined;
}

const readNamed = async (source: FileSource, name: string): Promise<Uint8Array> => {
  const index = source.files.findIndex(
    ({ path, fault }) => !fault && (path === name || path.endsWith(`/${name}`)),
  );
  if (index >= 0) return source.read(index);
  throw badDataset(
    source.name,
    `it holds no ${name}. Give the folder or tar of the binary version, as its authors publish it`,
  );
};

const samplesOf = async (
  source: FileSource,
  names: readonly string[],
  layout: CifarLayout,
): Promise<Samples> => {
  const files: Uint8Array[] = [];
  for (const name of names) files.push(await readNamed(source, name));
  const record = layout.labelBytes + CIFAR_PIXELS;
  files.forEach(({ length }, i) => {
    if (length > 0 && length % record === 0) return;
    throw badDataset(
      source.name,
      `${names[i]!} has ${length} bytes, no multiple of ${record}; download it again`,
    );
  });
  const counts = files.map(({ length }) => length / record);
  const pixels = new Uint8Array(counts.reduce((a, b) => a + b, 0) * CIFAR_PIXELS);
  let at = 0;
  const labels = files.flatMap((bytes, i) => {
    const part = pixels.subarray(at * CIFAR_PIXELS);
    at += counts[i]!;
    return Array.from(readRecords(bytes, layout, part));
  });
  const wrong = labels.findIndex((label) => label >= layout.classes);
  if (wrong >= 0)
    throw badDataset(
      source.name,
      `image ${wrong} of ${names[0]!} is of class ${labels[wrong]!} of ${layout.classes}`,
    );
  const what = names === layout.test ? 'test' : 'train';
  return rawSamples({
    pixels,
    size: [32, 32],
    labels: Int32Array.from(labels),
    describe: (i) => `${what} image ${i}`,
  });
};

const classNames = async (source: FileSource, { names, classes }: CifarLayout): Promise<string[]> => {
  const text = new TextDecoder().decode(await readNamed(source, names));
  const lines = text.split('\n').flatMap((line) => (line.trim() ? [line.trim()] : []));
  if (lines.length === classes) return lines;
  throw badDataset(source.name, `${names} names ${lines.length} classes, not ${classes}`);
};

/** Reads an official archive whole into memory (184 MB) and splits the validation images off by the run's seed. */
export const openCifar = async (
  layout: CifarLayout,
  options: CifarOptions,
  { seed }: DatasetRequest,
): Promise<Dataset> => {
  const source = await openSource(options.root);
  try {
    const train = await samplesOf(source, layout.train, layout);
    const test = await samplesOf(source, layout.test, layout);
    const { kept, held } = holdOut(train.labels, options.validation, seed.at('validation').rng());
    const splits = { train: subset(train, kept), validation: subset(train, held), test };
    return {
      name: layout.name,
      classes: await classNames(source, layout),
      normalization: layout.normalization,
      leftOut: [],
      ...limited(splits, options.limit, seed),
    };
  } finally {
    await source.close();
  }
};
