import type { LeftOut, SplitName, Targets } from '../contracts/dataset.ts';
import type { DataDescription } from '../contracts/events.ts';
import type { Experiment } from '../contracts/experiment.ts';
import { SPLITS } from './fingerprint.ts';
import { targetsOfKind } from './targets.ts';

export type { DataDescription };

/** Whether images have several labels and no one class. */
const isOfLabels = (targets: Targets): boolean =>
  targetsOfKind(targets, 'labels').length > 0 && targetsOfKind(targets, 'class').length === 0;

/** What a run trains on, for people. `changed` says what differs from the data that it began with. */
export const describeData = (
  { dataset, streams: [first] }: Pick<Experiment, 'dataset' | 'streams'>,
  changed: readonly string[] = [],
): DataDescription => {
  const counts = Object.fromEntries(SPLITS.map((split) => [split, dataset[split].length]));
  const labelled = first.samples.length;
  return {
    dataset: dataset.name,
    classes: dataset.classes.length,
    ...(isOfLabels(first.samples.targets) && { classesAre: 'labels' }),
    counts: counts as Record<SplitName, number>,
    ...(labelled !== dataset.train.length && { labelled }),
    origins: dataset.origins ?? {},
    leftOut: dataset.leftOut,
    ...(changed.length > 0 && { changed }),
  };
};

const plural = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

const splitText = ({ counts, origins }: DataDescription, split: SplitName): string => {
  const origin = origins[split];
  return `${counts[split]} ${split}${origin === undefined ? '' : ` (${origin})`}`;
};

const reasonText = ({ reason, count, className, examples }: LeftOut): string => {
  const of = className === undefined ? '' : ` of ${className}`;
  const more = count > examples.length ? ', …' : '';
  const names =
    examples.length > 0 ? ` (${examples.slice(0, 3).join(', ')}${examples.length > 3 ? ', …' : more})` : '';
  return `${count} ${reason}${of}${names}`;
};

/** Reasons that a line has room for; the run's folder names all. */
const REASONS = 4;

const leftOutText = (leftOut: readonly LeftOut[]): string => {
  const total = leftOut.reduce((sum, { count }) => sum + count, 0);
  const most = [...leftOut].sort((a, b) => b.count - a.count);
  const rest = most.slice(REASONS).reduce((sum, { count }) => sum + count, 0);
  const reasons = most.slice(0, REASONS).map(reasonText);
  return `${total} left out: ${[...reasons, ...(rest > 0 ? [`${rest} for other reasons`] : [])].join(', ')}`;
};

/** `3 classes; 28 train, 4 validation (taken from train), 8 test; 12 left out: 5 no image format (a.heic, …), …`. */
export const dataLine = (data: DataDescription): string => {
  const { classes, classesAre, labelled, leftOut, changed = [] } = data;
  const parts = [
    classesAre ? plural(classes, 'label', 'labels') : plural(classes, 'class', 'classes'),
    SPLITS.map((split) => splitText(data, split)).join(', '),
    ...(labelled === undefined ? [] : [`${labelled} of the train images with their labels`]),
    ...(leftOut.length > 0 ? [leftOutText(leftOut)] : []),
    ...(changed.length > 0 ? [`changed since the run began: ${changed.join('; ')}`] : []),
  ];
  // Names of files may hold line breaks, and codes that a terminal obeys.
  return parts.join('; ').replace(/\p{Cc}/gu, '?');
};
