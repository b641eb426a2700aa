import {
  compareData,
  dataFingerprint,
  inClassOrder,
  samplesChangeText,
  UnderstoryError,
  type Dataset,
  type SplitName,
} from '@understory/core';
import type { Run } from '@understory/tracking/node';
import { CLASSES_MOVED, sameOrder } from '../../load/compareClasses.ts';
import { cameAndWent, trainedOn } from '../../run/samplesFile.ts';
import type { RunInfo } from '../../run/runInfo.ts';

/** Data that a run's network can be measured on, and what a reader of the numbers should know of it. */
export interface EvaluatedData {
  readonly dataset: Dataset;
  readonly notes: readonly string[];
  /** Whether the split is the one that the run had; undefined where the run kept no record of it. */
  readonly asTrained?: boolean;
}

const checkSize = ({ test, sides: own }: Dataset, { dataset: { size, sides } }: RunInfo): void => {
  // Pictures of one rule need not be of one size: each is looked at on the image that it needs.
  const alike = sides && own && sides.shortest === own.shortest && sides.longest === own.longest;
  if (alike || test.size.join() === size.join()) return;
  throw new UnderstoryError(
    'data-changed',
    `The data's images have ${test.size.join('×')} pixels, and the network learned ${size.join('×')}. ` +
      'Give the dataset the option "size" that the run had.',
  );
};

const sameClasses = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name) => b.includes(name));

const movedNote = (dataset: Dataset, classes: readonly string[]): string[] => {
  if (!sameClasses(dataset.classes, classes))
    return [
      `The data has ${dataset.classes.length} of the ${classes.length} classes that the network knows.`,
    ];
  return sameOrder(dataset.classes, classes) ? [] : [CLASSES_MOVED];
};

/** What tells the split from the run's own, and how many of its images the run trained on. */
const splitNotes = async (
  run: Pick<Run, 'files'>,
  { fingerprint }: RunInfo['dataset'],
  dataset: Dataset,
  split: SplitName,
): Promise<Pick<EvaluatedData, 'notes' | 'asTrained'>> => {
  if (!fingerprint) return { notes: [] };
  const { splits } = compareData(fingerprint, await dataFingerprint(dataset));
  const change = splits.find(({ where }) => where === split);
  if (!change) return { notes: [], asTrained: true };
  const names = await cameAndWent(run, dataset, [split]);
  const seen = split === 'train' ? 0 : ((await trainedOn(run, dataset[split])) ?? 0);
  const notes = [
    `These are not the images that the run had: ${samplesChangeText(change)}. ${names}`.trim(),
    ...(seen > 0 ? [`The run trained on ${seen} of them, so the numbers are too good.`] : []),
  ];
  return { notes, asTrained: false };
};

/**
 * The data in the order of classes that a network learned. Other images than the run's may be measured, which is said;
 * classes that the network does not know and images of another size may not. Errors: `classes`, `data-changed`.
 */
export const evaluatedData = async (
  { run, info }: { run: Pick<Run, 'files'>; info: RunInfo },
  dataset: Dataset,
  split: SplitName,
): Promise<EvaluatedData> => {
  checkSize(dataset, info);
  if (dataset[split].length === 0)
    throw new UnderstoryError('data-changed', `The data has no ${split} images. Choose another --split.`);
  const { classes } = info.dataset;
  const ordered = inClassOrder(dataset, classes);
  const { notes, ...rest } = await splitNotes(run, info.dataset, ordered, split);
  return { dataset: ordered, notes: [...movedNote(dataset, classes), ...notes], ...rest };
};
