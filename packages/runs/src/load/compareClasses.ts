import { UnderstoryError, type Dataset, type Normalization } from '@understory/core';
import type { Say } from '../listeners.ts';
import type { RunInfo } from '../run/runInfo.ts';

/** What is known of the data that weights were trained on: of a run, or of one of its checkpoints alone. */
export type Taught = RunInfo | { readonly dataset: Pick<RunInfo['dataset'], 'classes'> };

const few = (names: readonly string[]): string =>
  names.slice(0, 3).join(', ') + (names.length > 3 ? ', …' : '');

const rounded = ({ mean, std }: Normalization): string => {
  const text = (numbers: readonly number[]): string => numbers.map((n) => Number(n.toFixed(3))).join(', ');
  return `mean ${text(mean)}, std ${text(std)}`;
};

const compareNormalization = (
  name: string,
  about: Taught,
  { normalization }: Pick<Dataset, 'normalization'>,
  say: Say,
): void => {
  if (!('config' in about)) return; // a checkpoint alone does not say
  const [taught, here] = [rounded(about.dataset.normalization), rounded(normalization)];
  if (taught === here) return;
  say(
    `The teacher "${name}" was trained on images normalised otherwise (${taught}) than these are (${here}), ` +
      'and sees these: its answers may be worse.',
  );
};

/** Names of the classes that a file of weights was trained on, where it is a run's checkpoint that tells them. */
export const classesOfFile = (metadata: Readonly<Record<string, string>>): readonly string[] | undefined => {
  try {
    const origin = JSON.parse(metadata['origin'] ?? '') as { data?: { classes?: unknown } };
    const classes = origin.data?.classes;
    return Array.isArray(classes) ? classes.map(String) : undefined;
  } catch {
    return undefined;
  }
};

/** What is said where labels are mapped to the order of classes that a network learned. */
export const CLASSES_MOVED =
  "The classes stand in another order than the run's: labels are mapped by their names.";

export const sameOrder = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((one, i) => one === b[i]);

/** Says where a classifier of weights that a network begins with was that of other classes, or of another order. */
export const compareClassifier = (
  taught: readonly string[] | undefined,
  classes: readonly string[],
  say: Say,
): void => {
  if (taught?.length !== classes.length || sameOrder(taught, classes)) return;
  say(
    `The classifier of the weights was trained on other classes, or in another order (${few(taught)}), ` +
      `than these images have (${few(classes)}): it is a beginning, and no more.`,
  );
};

/**
 * Says where a teacher was trained on other classes than these images have, or on images normalised otherwise.
 * Errors: `classes` where they are the same in another order: its answers would be taken for those of other classes.
 */
export const compareClasses = (
  name: string,
  about: Taught,
  dataset: Pick<Dataset, 'classes' | 'normalization'>,
  say: Say,
): void => {
  const { classes } = dataset;
  const { classes: taught } = about.dataset;
  compareNormalization(name, about, dataset, say);
  if (sameOrder(taught, classes)) return;
  if (taught.length === classes.length && taught.every((one) => classes.includes(one)))
    throw new UnderstoryError(
      'classes',
      `The teacher "${name}" knows these classes in another order (${few(taught)}; here ${few(classes)}), so its ` +
        'answers would be taken for those of other classes. Train it again on this data.',
    );
  say(
    `The teacher "${name}" was trained on other classes (${taught.length}: ${few(taught)}) than these images have ` +
      `(${classes.length}: ${few(classes)}).`,
  );
};
