import type { Dataset, DatasetRequest, Normalization, Samples } from '@understory/core';
import { badDataset, shortNames, shortPath } from '../errors.ts';
import { rawSamples, subset } from '../samples/samples.ts';
import type { FileSource } from '../sources/fileSource.ts';
import { openSource } from '../sources/openSource.ts';
import { holdOut } from '../splits/splits.ts';
import { limited, type LimitOption, takenOrigin } from '../splits/limits.ts';
import { formIn, readNamed, unreadFiles, type CifarForm, type FormName } from './cifarFiles.ts';
import { binaryBatch, CIFAR_PIXELS, writePixels, type CifarBatch } from './cifarRecords.ts';
import { pythonBatch, pythonNames, type FileError } from './pythonBatch.ts';

/** How the two official archives of a dataset are laid out. */
export interface CifarLayout {
  readonly name: string;
  readonly binary: CifarForm & {
    readonly labelBytes: number;
    /** Which label byte is the class. */
    readonly label: number;
  };
  /** Its lists of labels and of their names, by key. */
  readonly python: CifarForm & { readonly labels: string; readonly labelNames: string };
  readonly classes: number;
  readonly normalization: Normalization;
}

export interface CifarOptions {
  readonly root: string;
  readonly validation: number;
  readonly limit?: LimitOption | undefined;
}

/** A dataset's files in the form that lies there. */
interface Opened {
  readonly source: FileSource;
  readonly layout: CifarLayout;
  readonly form: FormName;
}

const badFile =
  ({ source }: Opened, name: string): FileError =>
  (what) =>
    badDataset(source.name, `${name}: ${what}; download it again`);

const readBatch = async (opened: Opened, name: string): Promise<CifarBatch> => {
  const { source, layout, form } = opened;
  const bytes = await readNamed(source, name, form);
  if (form === 'python') return pythonBatch(bytes, layout.python.labels, badFile(opened, name));
  const record = layout.binary.labelBytes + CIFAR_PIXELS;
  const count = bytes.length / record;
  if (count >= 1 && Number.isInteger(count)) return binaryBatch(bytes, layout.binary);
  throw badDataset(
    source.name,
    `${name} has ${bytes.length} bytes, no multiple of ${record}; download it again`,
  );
};

const checkLabels = ({ source, layout }: Opened, name: string, labels: ArrayLike<number>): void => {
  const { classes } = layout;
  const wrong = Array.prototype.findIndex.call(labels, (label: number) => label < 0 || label >= classes);
  if (wrong < 0) return;
  throw badDataset(
    source.name,
    `image ${wrong} of ${name} is of class ${labels[wrong]!} of ${classes}; the file is damaged or of another dataset`,
  );
};

const samplesOf = async (
  opened: Opened,
  what: 'train' | 'test',
): Promise<Samples & { readonly groups: Int32Array }> => {
  const names = opened.layout[opened.form][what];
  const batches: CifarBatch[] = [];
  for (const name of names) {
    const batch = await readBatch(opened, name);
    checkLabels(opened, name, batch.labels);
    batches.push(batch);
  }
  const labels = Int32Array.from(batches.flatMap((batch) => Array.from(batch.labels)));
  if (labels.length === 0)
    throw badDataset(opened.source.name, `${names.join(', ')} hold no image; download it again`);
  const pixels = new Uint8Array(labels.length * CIFAR_PIXELS);
  let at = 0;
  for (const batch of batches) {
    writePixels(batch, pixels, at);
    at += batch.labels.length * CIFAR_PIXELS;
  }
  return rawSamples({ pixels, size: [32, 32], labels, describe: (i) => `${what} image ${i}` });
};

const namesIn = async (opened: Opened): Promise<string[]> => {
  const { source, layout, form } = opened;
  const { names } = layout[form];
  const bytes = await readNamed(source, names, form);
  if (form === 'python') return pythonNames(bytes, layout.python.labelNames, badFile(opened, names));
  const lines = new TextDecoder().decode(bytes).split('\n');
  return lines.flatMap((line) => (line.trim() ? [line.trim()] : []));
};

const classNames = async (opened: Opened): Promise<string[]> => {
  const { source, layout, form } = opened;
  const { names } = layout[form];
  const found = await namesIn(opened);
  const twice = found.find((name, i) => found.indexOf(name) !== i);
  if (found.length !== layout.classes)
    throw badDataset(source.name, `${names} names ${found.length} classes, not ${layout.classes}`);
  if (twice !== undefined)
    throw badDataset(source.name, `${names} names class "${shortPath(twice, 24)}" twice; download it again`);
  return found;
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
    const opened: Opened = { source, layout, form: formIn(source, layout) };
    const train = await samplesOf(opened, 'train');
    const test = await samplesOf(opened, 'test');
    const { kept, held } = holdOut(train.groups, options.validation, seed.at('validation').rng());
    const whole = { train: subset(train, kept), validation: subset(train, held), test };
    const classes = await classNames(opened);
    const { leftOut, ...splits } = limited(whole, options.limit, { seed, classes, name: options.root });
    return {
      name: layout.name,
      classes,
      normalization: layout.normalization,
      leftOut: [...unreadFiles(source, layout, opened.form), ...leftOut],
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
