import type { Dataset, DatasetRequest, LeftOut, Normalization, Samples } from '@understory/core';
import { badDataset, listed, shortNames, shortPath } from '../errors.ts';
import { rawSamples, subset } from '../samples/samples.ts';
import type { FileSource } from '../sources/fileSource.ts';
import { openSource } from '../sources/openSource.ts';
import { holdOut } from '../splits/splits.ts';
import { limited, type LimitOption, takenOrigin } from '../splits/limits.ts';
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

const isNamed = (path: string, name: string): boolean => path === name || path.endsWith(`/${name}`);

const missing = (source: FileSource, name: string): Error => {
  const faulty = source.files.find(({ path, fault }) => fault !== undefined && isNamed(path, name));
  if (faulty) return badDataset(source.name, `${faulty.path} is ${faulty.fault}; download it again`);
  const pickled = source.files.find(({ path }) => isNamed(path, name.replace(/\.bin$/, '')));
  const found = pickled
    ? `it holds ${pickled.path}, the version for Python, and no ${name}`
    : `it holds no ${name}`;
  return badDataset(
    source.name,
    `${found}. Give the folder or tar of the binary version (cifar-…-binary.tar.gz), as its authors publish it`,
  );
};

const readWhole = async (source: FileSource, index: number): Promise<Uint8Array> => {
  try {
    return await source.read(index);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw badDataset(
      source.name,
      `${source.files[index]!.path} cannot be read (${reason}); download it again`,
    );
  }
};

const readNamed = async (source: FileSource, name: string): Promise<Uint8Array> => {
  const found = source.files.flatMap(({ path, fault }, i) => (!fault && isNamed(path, name) ? [i] : []));
  const [index, second] = found;
  if (index === undefined) throw missing(source, name);
  if (second === undefined) return readWhole(source, index);
  const twice = found.map((i) => source.files[i]!.path);
  throw badDataset(
    source.name,
    `it holds ${name} more than once (${listed(twice, 3)}). Give one of these folders`,
  );
};

/** One file of records: its labels, and its images from `at` on in `pixels`. */
interface Batch {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly count: number;
}

const readBatch = async (source: FileSource, name: string, { labelBytes }: CifarLayout): Promise<Batch> => {
  const bytes = await readNamed(source, name);
  const record = labelBytes + CIFAR_PIXELS;
  const count = bytes.length / record;
  if (count >= 1 && Number.isInteger(count)) return { name, bytes, count };
  throw badDataset(
    source.name,
    `${name} has ${bytes.length} bytes, no multiple of ${record}; download it again`,
  );
};

const checkLabels = (
  source: FileSource,
  name: string,
  labels: Uint8Array,
  { classes }: CifarLayout,
): void => {
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong < 0) return;
  throw badDataset(
    source.name,
    `image ${wrong} of ${name} is of class ${labels[wrong]!} of ${classes}; the file is damaged or of another dataset`,
  );
};

const samplesOf = async (
  source: FileSource,
  names: readonly string[],
  layout: CifarLayout,
): Promise<Samples & { readonly groups: Int32Array }> => {
  const batches: Batch[] = [];
  for (const name of names) batches.push(await readBatch(source, name, layout));
  const pixels = new Uint8Array(batches.reduce((sum, { count }) => sum + count, 0) * CIFAR_PIXELS);
  let at = 0;
  const labels = batches.flatMap(({ name, bytes, count }) => {
    const found = readRecords(bytes, layout, pixels.subarray(at * CIFAR_PIXELS));
    at += count;
    checkLabels(source, name, found, layout);
    return Array.from(found);
  });
  const what = names === layout.test ? 'test' : 'train';
  return rawSamples({
    pixels,
    size: [32, 32],
    labels: Int32Array.from(labels),
    describe: (i) => `${what} image ${i}`,
  });
};

/** Files of records that are no part of this dataset. */
const unknownFiles = ({ files }: FileSource, { train, test }: CifarLayout): LeftOut[] => {
  const known = [...train, ...test];
  const others = files.filter(
    ({ path }) => path.endsWith('.bin') && !known.some((name) => isNamed(path, name)),
  );
  if (others.length === 0) return [];
  const examples = others.slice(0, 3).map(({ path }) => path);
  return [{ reason: 'a file of records that the dataset has not', count: others.length, examples }];
};

const classNames = async (source: FileSource, { names, classes }: CifarLayout): Promise<string[]> => {
  const text = new TextDecoder().decode(await readNamed(source, names));
  const lines = text.split('\n').flatMap((line) => (line.trim() ? [line.trim()] : []));
  const twice = lines.find((line, i) => lines.indexOf(line) !== i);
  if (lines.length === classes && twice !== undefined)
    throw badDataset(source.name, `${names} names class "${shortPath(twice, 24)}" twice; download it again`);
  if (lines.length === classes) return lines;
  throw badDataset(source.name, `${names} names ${lines.length} classes, not ${classes}`);
};

/** What is odd about the training images: a part of the dataset may lack classes, whose names it keeps. */
const trainOrigin = (labels: Int32Array, classes: readonly string[]): { readonly train?: string } => {
  const have = new Set(labels);
  const missing = classes.filter((_, label) => !have.has(label));
  return missing.length === 0 ? {} : { train: `none of class ${shortNames(missing)}` };
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
    const { kept, held } = holdOut(train.groups, options.validation, seed.at('validation').rng());
    const whole = { train: subset(train, kept), validation: subset(train, held), test };
    const classes = await classNames(source, layout);
    const { leftOut, ...splits } = limited(whole, options.limit, { seed, classes, name: options.root });
    return {
      name: layout.name,
      classes,
      normalization: layout.normalization,
      leftOut: [...unknownFiles(source, layout), ...leftOut],
      origins: {
        ...trainOrigin(train.groups, classes),
        validation: takenOrigin(options.validation, held.length, 'validation'),
      },
      ...splits,
    };
  } finally {
    await source.close();
  }
};
