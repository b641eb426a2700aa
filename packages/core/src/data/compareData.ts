import type { SplitName } from '../contracts/dataset.ts';
import { SPLITS, type DataFingerprint, type SamplesFingerprint } from './fingerprint.ts';

/** A class of which a split has other samples than before. */
interface ClassChange {
  readonly name: string;
  readonly before: number;
  readonly after: number;
}

/** How some samples differ from what they were. */
export interface SamplesChange {
  /** A split's name, or a stream's. */
  readonly where: string;
  readonly before: number;
  readonly after: number;
  /** Classes with other samples; none where only the order of the samples moved. */
  readonly classes: readonly ClassChange[];
}

/** How data differs from what it was; nothing does where all lists are empty. */
export interface DataChanges {
  readonly classesAdded: readonly string[];
  readonly classesGone: readonly string[];
  /** Whether the same classes stand in another order. */
  readonly classesMoved: boolean;
  /** Sizes before and after, [height, width], where they differ. */
  readonly size?: readonly [before: readonly number[], after: readonly number[]];
  readonly splits: readonly (SamplesChange & { readonly where: SplitName })[];
  readonly streams: readonly SamplesChange[];
}

type OfClass = ReadonlyMap<string, readonly [count: number, names: string]>;

/** What stands for the samples of data without a class each. */
const ALL = 'all';

const byClass = (classes: readonly string[], { count, counts, names }: SamplesFingerprint): OfClass =>
  counts.length === 0 && count > 0
    ? new Map([[ALL, [count, names[0] ?? '']]])
    : new Map(classes.map((name, i) => [name, [counts[i] ?? 0, names[i] ?? '']]));

const changedClasses = (before: OfClass, after: OfClass): ClassChange[] =>
  [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const [had, oldNames] = before.get(name) ?? [0, ''];
    const [has, newNames] = after.get(name) ?? [0, ''];
    const same = had === has && (oldNames === newNames || had === 0);
    return same ? [] : [{ name, before: had, after: has }];
  });

const changeOf = <W extends string>(
  where: W,
  [before, beforeClasses]: readonly [SamplesFingerprint | undefined, readonly string[]],
  [after, afterClasses]: readonly [SamplesFingerprint | undefined, readonly string[]],
): (SamplesChange & { readonly where: W })[] => {
  if (before?.count === after?.count && before?.ordered === after?.ordered) return [];
  const of = (print: SamplesFingerprint | undefined, classes: readonly string[]): OfClass =>
    print ? byClass(classes, print) : new Map();
  const classes = changedClasses(of(before, beforeClasses), of(after, afterClasses));
  return [{ where, before: before?.count ?? 0, after: after?.count ?? 0, classes }];
};

/** What differs between the data that a run was trained on and the data that is there. */
export const compareData = (before: DataFingerprint, after: DataFingerprint): DataChanges => {
  const classesAdded = after.classes.filter((name) => !before.classes.includes(name));
  const classesGone = before.classes.filter((name) => !after.classes.includes(name));
  const same = classesAdded.length === 0 && classesGone.length === 0;
  const streams = new Set([...Object.keys(before.streams), ...Object.keys(after.streams)]);
  const resized = before.size.join() !== after.size.join();
  return {
    classesAdded,
    classesGone,
    classesMoved: same && before.classes.some((name, i) => name !== after.classes[i]),
    ...(resized && { size: [before.size, after.size] as const }),
    splits: SPLITS.flatMap((split) =>
      changeOf(split, [before.splits[split], before.classes], [after.splits[split], after.classes]),
    ),
    streams: [...streams].flatMap((name) =>
      changeOf(name, [before.streams[name], before.classes], [after.streams[name], after.classes]),
    ),
  };
};

const few = (texts: readonly string[], most: number): string =>
  texts.length > most ? `${texts.slice(0, most).join(', ')}, …` : texts.join(', ');

const classText = ({ name, before, after }: ClassChange): string =>
  name === ALL && before === after
    ? 'others by name, labels or masks'
    : before === after
      ? `${name}: others by name`
      : `${name}: ${before} → ${after}`;

/** `train images: 28 → 29 (cat: 14 → 15)`. */
export const samplesChangeText = ({ where, before, after, classes }: SamplesChange): string => {
  const counts = before === after ? String(before) : `${before} → ${after}`;
  const how = classes.length > 0 ? few(classes.map(classText), 3) : 'the same, in another order';
  return `${where} images: ${counts} (${how})`;
};

/** Classes that came or went, and another size of the images, in words. */
export const classesChangeText = ({ classesAdded, classesGone, size }: DataChanges): string[] => [
  ...(classesAdded.length > 0 ? [`new classes: ${few(classesAdded, 4)}`] : []),
  ...(classesGone.length > 0 ? [`classes that are gone: ${few(classesGone, 4)}`] : []),
  ...(size ? [`images of ${size[1].join('×')} pixels, not ${size[0].join('×')}`] : []),
];
