import type { Samples } from '../contracts/dataset.ts';
import { UnderstoryError } from '../errors.ts';
import type { Experiment } from '../training/experiment.ts';

const checkOne = (where: string, samples: Samples, classes: readonly string[]): void => {
  const { labels, length } = samples;
  const refuse = (message: string): never => {
    throw new UnderstoryError('bad-label', `${where}: ${message}`);
  };
  if (labels.length !== length)
    refuse(`labels [${labels.length}] for ${length} images do not fit. Give one each.`);
  const wrong = labels.findIndex((label) => !(label >= 0 && label < classes.length));
  if (wrong < 0) return;
  const known = `the dataset has ${classes.length} classes, so labels go from 0 to ${classes.length - 1}.`;
  refuse(`image ${wrong} ("${samples.describe(wrong)}") has label ${labels[wrong]!}; ${known}`);
};

/**
 * Throws `bad-label` unless every image that is learned from or measured on has a label of a class of the dataset. A step
 * that is compiled looks at no values, so this is the place; labels of streams that use none are not looked at.
 */
export const checkLabels = ({ dataset, streams }: Pick<Experiment, 'dataset' | 'streams'>): void => {
  for (const { name, samples, labelled } of streams)
    if (labelled) checkOne(`Labels of the stream "${name}"`, samples, dataset.classes);
  for (const split of ['validation', 'test'] as const)
    checkOne(`Labels of ${split} images`, dataset[split], dataset.classes);
};
