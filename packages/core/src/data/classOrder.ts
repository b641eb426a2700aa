import type { Dataset, Samples } from '../contracts/dataset.ts';
import type { Experiment } from '../training/experiment.ts';
import { UnderstoryError } from '../errors.ts';

/** The samples with each label replaced by `to[label]`. */
const relabelled = (samples: Samples, to: Int32Array): Samples => ({
  length: samples.length,
  size: samples.size,
  labels: samples.labels.map((label) => to[label]!),
  read: (positions) => samples.read(positions),
  describe: (position) => samples.describe(position),
});

const sameOrder = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name, i) => name === b[i]);

/**
 * The dataset with its classes in another order, found by their names; the order may name classes of which the dataset
 * has no images. The dataset itself where the order is its own. Errors: `classes` where a class is not in the order.
 */
export const inClassOrder = (dataset: Dataset, order: readonly string[]): Dataset => {
  if (sameOrder(dataset.classes, order)) return dataset;
  const to = Int32Array.from(dataset.classes, (name) => order.indexOf(name));
  const strange = dataset.classes.find((_name, i) => to[i]! < 0);
  if (strange !== undefined) {
    const known = order.length > 8 ? `${order.slice(0, 8).join(', ')}, …` : order.join(', ');
    throw new UnderstoryError(
      'classes',
      `The data has a class "${strange}" that the network does not know. It knows ${known}. ` +
        'Take its images out, or train on this data.',
    );
  }
  const [train, validation, test] = [dataset.train, dataset.validation, dataset.test].map((s) =>
    relabelled(s, to),
  );
  return { ...dataset, classes: order, train: train!, validation: validation!, test: test! };
};

/** The experiment with its data's classes in another order: of its dataset, and of each of its streams. */
export const experimentInOrder = (experiment: Experiment, order: readonly string[]): Experiment => {
  const { dataset, streams } = experiment;
  const ordered = inClassOrder(dataset, order);
  if (ordered === dataset) return experiment;
  const to = Int32Array.from(dataset.classes, (name) => order.indexOf(name));
  const [first, ...others] = streams.map((stream) => ({
    ...stream,
    samples: stream.samples === dataset.train ? ordered.train : relabelled(stream.samples, to),
  }));
  return { ...experiment, dataset: ordered, streams: [first!, ...others] };
};
