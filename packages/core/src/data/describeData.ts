import type { LeftOut, SplitName, Targets } from '../contracts/dataset.ts';
import type { DataDescription } from '../contracts/events.ts';
import type { Experiment, StreamSource } from '../contracts/experiment.ts';
import { count, counted } from '../shown.ts';
import { absentInSplits, absentText } from './absentClasses.ts';
import { SPLITS } from './fingerprint.ts';
import { targetsOfKind } from './targets.ts';

export type { DataDescription };

/** Whether images have several labels and no one class. */
const isOfLabels = (targets: Targets): boolean =>
  targetsOfKind(targets, 'labels').length > 0 && targetsOfKind(targets, 'class').length === 0;

/** A dataset, and the streams that read it; of these the first one's samples are looked at. */
interface Described extends Pick<Experiment, 'dataset'> {
  readonly streams: readonly [Pick<StreamSource, 'samples'>, ...unknown[]];
}

/** What a run trains on, for people. `changed` says what differs from the data that it began with. */
export const describeData = (
  { dataset, streams: [first] }: Described,
  changed: readonly string[] = [],
): DataDescription => {
  const counts = Object.fromEntries(SPLITS.map((split) => [split, dataset[split].length]));
  const labelled = first.samples.length;
  const absent = absentInSplits(dataset);
  return {
    dataset: dataset.name,
    classes: dataset.classes.length,
    ...(isOfLabels(first.samples.targets) && { classesAre: 'labels' }),
    counts: counts as Record<SplitName, number>,
    ...(labelled !== dataset.train.length && { labelled }),
    origins: dataset.origins ?? {},
    leftOut: dataset.leftOut,
    ...(absent.length > 0 && { absent }),
    ...(changed.length > 0 && { changed }),
  };
};

const splitText = ({ counts, origins }: DataDescription, split: SplitName): string => {
  const origin = origins[split];
  return `${count(counts[split])} ${split}${origin === undefined ? '' : ` (${origin})`}`;
};

const reasonText = ({ reason, count: left, className, examples }: LeftOut): string => {
  const of = className === undefined ? '' : ` of ${className}`;
  const more = left > examples.length ? ', …' : '';
  const names =
    examples.length > 0 ? ` (${examples.slice(0, 3).join(', ')}${examples.length > 3 ? ', …' : more})` : '';
  return `${count(left)} ${reason}${of}${names}`;
};

/** What is left out of several classes for one reason, as one; its first examples are of as many classes as there are. */
const joined = (parts: readonly [LeftOut, ...LeftOut[]]): LeftOut => {
  const [first, ...others] = parts;
  if (others.length === 0) return first;
  return {
    reason: first.reason,
    count: parts.reduce((sum, { count }) => sum + count, 0),
    examples: [
      ...parts.flatMap(({ examples }) => examples.slice(0, 1)),
      ...parts.flatMap(({ examples }) => examples.slice(1)),
    ],
  };
};

const byReason = (leftOut: readonly LeftOut[]): LeftOut[] => {
  const groups = new Map<string, [LeftOut, ...LeftOut[]]>();
  for (const one of leftOut) {
    const group = groups.get(one.reason);
    if (group) group.push(one);
    else groups.set(one.reason, [one]);
  }
  return [...groups.values()].map(joined);
};

/** Reasons that a line has room for; the run's folder names all. */
const REASONS = 4;

const leftOutText = (leftOut: readonly LeftOut[]): string => {
  const total = leftOut.reduce((sum, { count }) => sum + count, 0);
  const most = byReason(leftOut).sort((a, b) => b.count - a.count);
  // One more reason takes no more room than saying that there is one.
  const shown = most.length === REASONS + 1 ? most : most.slice(0, REASONS);
  const others = most.slice(shown.length);
  const rest = others.reduce((sum, { count }) => sum + count, 0);
  const reasons = shown.map(reasonText);
  return `${count(total)} left out: ${[...reasons, ...(rest > 0 ? [`${rest} for ${others.length} other reasons`] : [])].join(', ')}`;
};

/** `3 classes; 28 train, 4 validation (taken from train), 8 test; 12 left out: 5 no image format (a.heic, …), …`. */
export const dataLine = (data: DataDescription): string => {
  const { classes, classesAre, labelled, absent = [], leftOut, changed = [] } = data;
  const parts = [
    classesAre ? counted(classes, 'label') : counted(classes, 'class', 'classes'),
    SPLITS.map((split) => splitText(data, split)).join(', '),
    ...(labelled === undefined ? [] : [`${labelled} of the train images with their labels`]),
    ...absent.map(absentText),
    ...(leftOut.length > 0 ? [leftOutText(leftOut)] : []),
    ...(changed.length > 0 ? [`changed since the run began: ${changed.join('; ')}`] : []),
  ];
  // Names of files may hold line breaks, and codes that a terminal obeys.
  return parts.join('; ').replace(/\p{Cc}/gu, '?');
};
