import type { NdArray } from '../contracts/arrays.ts';
import type { Dataset, Samples, TargetSpec } from '../contracts/dataset.ts';
import type { Experiment } from '../contracts/experiment.ts';
import { UnderstoryError } from '../errors.ts';
import { mapNamed } from '../named.ts';
import { zerosLike } from './rows.ts';

/** Column of a box's class, behind its four sides. */
const CLASS = 4;

/** Boxes around things, with another number for each class. */
const renumberedBoxes = (array: NdArray, to: Int32Array): NdArray => {
  const columns = array.shape.at(-1) ?? 0;
  const data = array.data.map((value, i) => (i % columns === CLASS ? (to[value] ?? value) : value));
  return { ...array, data };
};

/** A target with class `c` named `to[c]`; `classes` are as many as there are names then. */
const renumbered = (
  array: NdArray,
  { kind, around }: TargetSpec,
  { to, classes }: { readonly to: Int32Array; readonly classes: number },
): NdArray => {
  if (kind === 'class' || kind === 'map') return { ...array, data: array.data.map((c) => to[c] ?? c) };
  if (kind === 'boxes') return around === 'things' ? renumberedBoxes(array, to) : array;
  if (kind !== 'labels') return array;
  const [rows = 0] = array.shape;
  const data = zerosLike(array.data, rows * classes);
  for (let row = 0; row < rows; row++)
    to.forEach((column, c) => (data[row * classes + column] = array.data[row * to.length + c]!));
  return { ...array, shape: [rows, classes], data };
};

/** The samples with class `c` numbered `to[c]`. */
const relabelled = (samples: Samples, to: Int32Array, classes: number): Samples => ({
  ...samples,
  targets: mapNamed(samples.targets, (spec) =>
    spec.kind === 'labels' ? { ...spec, shape: [classes] } : spec,
  ),
  readTargets: async (positions) =>
    mapNamed(await samples.readTargets(positions), (array, name) =>
      renumbered(array, samples.targets[name]!, { to, classes }),
    ),
  ...(samples.groups && { groups: samples.groups.map((label) => to[label] ?? label) }),
  read: (positions) => samples.read(positions),
  describe: (position) => samples.describe(position),
});

/** Whether two lists hold the same names at the same places. */
export const sameOrder = (a: readonly string[], b: readonly string[]): boolean =>
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
    relabelled(s, to, order.length),
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
    samples: stream.samples === dataset.train ? ordered.train : relabelled(stream.samples, to, order.length),
  }));
  return { ...experiment, dataset: ordered, streams: [first!, ...others] };
};
