import { readFile } from 'node:fs/promises';
import { SPLITS, type Dataset, type Samples } from '@understory/core';
import { writeAtomic, type Run } from '@understory/tracking/node';

/** Most names that a run keeps: more would take megabytes, and long. */
const MOST = 100_000;

/** Names of each split's images, by class; under `all` where images have not one class each. */
type Names = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

const namesOf = (samples: Samples, classes: readonly string[]): Record<string, string[]> => {
  const { groups } = samples;
  if (!groups) return { all: Array.from({ length: samples.length }, (_, i) => samples.describe(i)) };
  const names = new Map<string, string[]>(classes.map((name) => [name, []]));
  groups.forEach((label, i) => names.get(classes[label] ?? '')?.push(samples.describe(i)));
  return Object.fromEntries(names);
};

const sizeOf = (dataset: Dataset): number => SPLITS.reduce((sum, split) => sum + dataset[split].length, 0);

const allNames = (dataset: Dataset): Names =>
  Object.fromEntries(SPLITS.map((split) => [split, namesOf(dataset[split], dataset.classes)]));

/** Keeps the names of a run's images in its folder, where there are not too many. */
export const keepNames = async ({ files }: Run, dataset: Dataset): Promise<void> => {
  if (sizeOf(dataset) > MOST) return;
  await writeAtomic(files.samples, `${JSON.stringify(allNames(dataset))}\n`);
};

const readNames = async (file: string): Promise<Names | undefined> => {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Names;
  } catch {
    return undefined; // an earlier version kept none; the fingerprint says whether anything differs
  }
};

const flat = (names: Names, split: string): Set<string> =>
  new Set(Object.entries(names[split] ?? {}).flatMap(([name, all]) => all.map((one) => `${one} (${name})`)));

const few = (what: string, names: readonly string[]): string => {
  if (names.length === 0) return '';
  const [first] = names as [string];
  const shown = first.length > 40 ? `…${first.slice(-39)}` : first;
  return `${what}: ${shown}${names.length > 1 ? ` and ${names.length - 1} more` : ''}. `;
};

/** `New: cat/9.jpg (cat). Gone: dog/3.jpg (dog). `: the first images of these splits that came or went, where known. */
export const cameAndWent = async (
  { files }: Pick<Run, 'files'>,
  dataset: Dataset,
  splits: readonly string[],
): Promise<string> => {
  const names = sizeOf(dataset) > MOST ? undefined : await readNames(files.samples);
  if (!names) return '';
  const now = allNames(dataset);
  const differences = (a: Names, b: Names): string[] =>
    splits.flatMap((split) => {
      const others = flat(b, split);
      return [...flat(a, split)].filter((name) => !others.has(name));
    });
  return few('New', differences(now, names)) + few('Gone', differences(names, now));
};

/** How many of a split's images the run trained on, where its names are known. */
export const trainedOn = async (
  { files }: Pick<Run, 'files'>,
  samples: Samples,
): Promise<number | undefined> => {
  const names = await readNames(files.samples);
  if (!names) return undefined;
  const trained = new Set(Object.values(names['train'] ?? {}).flat());
  return Array.from({ length: samples.length }, (_, i) => samples.describe(i)).filter((n) => trained.has(n))
    .length;
};
