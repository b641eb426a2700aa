import type { Dataset, Samples, SplitName, TargetSpec } from '../contracts/dataset.ts';
import type { Experiment } from '../contracts/experiment.ts';
import { turns } from '../turn.ts';
import { rowAt } from './rows.ts';
import { addWords, chain, hexOf, nameHash, type Words } from './nameHash.ts';
import { spatialHash } from './spatialHash.ts';

export const SPLITS = ['train', 'validation', 'test'] as const satisfies readonly SplitName[];

/** Which samples there are, by their names and classes; what their images show is not looked at. */
export interface SamplesFingerprint {
  readonly count: number;
  /** Of names and class names, in order. */
  readonly ordered: string;
  /** How many of each class, in the dataset's order of classes; none where samples have no class each. */
  readonly counts: readonly number[];
  /** Of each class's names, whatever their order; of all names together where samples have no class each. */
  readonly names: readonly string[];
}

/** What a run trains and is measured on. Labels count by the names of their classes, not by their numbers. */
export interface DataFingerprint {
  readonly classes: readonly string[];
  /** Height and width of the images. */
  readonly size: readonly [number, number];
  readonly splits: Readonly<Record<SplitName, SamplesFingerprint>>;
  /** Streams that do not show all training images, by name: the labelled share. */
  readonly streams: Readonly<Record<string, SamplesFingerprint>>;
}

/** A class that a label names; a label without a class is told apart too. */
const classHash = (classes: readonly Words[], label: number): Words =>
  classes[label] ?? nameHash(`class ${label}`);

/** Kinds of targets that are small enough to be looked at whole. */
const SMALL: readonly TargetSpec['kind'][] = ['labels', 'values'];

/** Hashes of samples that have no class each, by name, labels and values; and of what some of their maps and boxes hold. */
const ungrouped = async (samples: Samples): Promise<SamplesFingerprint> => {
  const small = Object.entries(samples.targets).filter(([, { kind }]) => SMALL.includes(kind));
  const turn = turns();
  let [ordered, all]: [Words, Words] = [nameHash(''), [0, 0]];
  const hashes: Words[] = [];
  for (let from = 0; from < samples.length; from += 512) {
    const positions = Array.from({ length: Math.min(512, samples.length - from) }, (_, i) => from + i);
    const targets = small.length > 0 ? await samples.readTargets(positions) : {};
    positions.forEach((position, row) => {
      const own = rowAt(targets, row);
      const values = small.map(([name]) => `${name} ${own[name]?.data.join() ?? ''}`);
      const hash = nameHash([samples.describe(position), ...values].join('\n'));
      hashes.push(hash);
      ordered = chain(ordered, hash);
      all = addWords(all, hash);
    });
    await turn();
  }
  const spatial = await spatialHash(samples, hashes);
  if (spatial) [ordered, all] = [chain(ordered, spatial), addWords(all, spatial)];
  return { count: samples.length, ordered: hexOf(ordered), counts: [], names: [hexOf(all)] };
};

/** Fingerprint of samples, made in turns of the event loop: some 0.1 s for 50,000 names. */
export const samplesFingerprint = async (
  samples: Samples,
  classes: readonly string[],
): Promise<SamplesFingerprint> => {
  const { groups } = samples;
  if (!groups) return ungrouped(samples);
  const hashes = classes.map(nameHash);
  const counts = classes.map(() => 0);
  const names = classes.map((): Words => [0, 0]);
  const turn = turns();
  let ordered: Words = nameHash('');
  for (let i = 0; i < samples.length; i++) {
    const label = groups[i]!;
    const name = nameHash(samples.describe(i));
    ordered = chain(chain(ordered, name), classHash(hashes, label));
    if (label in counts) {
      counts[label]! += 1;
      names[label] = addWords(names[label]!, name);
    }
    if (i % 512 === 511) await turn();
  }
  return { count: samples.length, ordered: hexOf(ordered), counts, names: names.map(hexOf) };
};

/** Fingerprint of a dataset, and of streams that do not show all of its training images. */
export const dataFingerprint = async (
  dataset: Dataset,
  streams: Experiment['streams'] | readonly [] = [],
): Promise<DataFingerprint> => {
  const { classes, train } = dataset;
  const of = (samples: Samples): Promise<SamplesFingerprint> => samplesFingerprint(samples, classes);
  const splits = {
    train: await of(train),
    validation: await of(dataset.validation),
    test: await of(dataset.test),
  };
  const shares: [string, SamplesFingerprint][] = [];
  for (const { name, samples } of streams) if (samples !== train) shares.push([name, await of(samples)]);
  return { classes: [...classes], size: train.size, splits, streams: Object.fromEntries(shares) };
};
