import { int32, type NdArrays } from '../contracts/arrays.ts';
import type { Canvases, Samples, TargetSpec, Targets } from '../contracts/dataset.ts';
import { UnderstoryError } from '../errors.ts';

/** Name of the target that holds an image's one class. */
export const LABEL = 'label';

const CLASS: TargetSpec = { kind: 'class', dtype: 'int32', shape: [] };

/** Samples of one class each; `labels` [N]. */
export type ClassSamples = Omit<Samples, 'targets' | 'readTargets' | 'groups'> & {
  readonly labels: Int32Array;
};

const pick = (values: Int32Array, positions: ArrayLike<number>): Int32Array => {
  const picked = new Int32Array(positions.length);
  for (let i = 0; i < picked.length; i++) picked[i] = values[positions[i]!]!;
  return picked;
};

const pickCanvases = (canvases: Canvases, positions: Int32Array): Canvases => ({
  sizes: canvases.sizes,
  of: Uint8Array.from(positions, (p) => canvases.of[p] ?? 0),
  read: (wanted, size) => canvases.read(pick(positions, wanted), size),
});

/** Samples that have one class each: their target `label`. */
export const classSamples = ({
  labels,
  ...samples
}: ClassSamples): Samples & { readonly groups: Int32Array } => ({
  ...samples,
  targets: { [LABEL]: CLASS },
  readTargets: (positions): Promise<NdArrays> =>
    Promise.resolve({ [LABEL]: int32(pick(labels, positions), [positions.length]) }),
  groups: labels,
});

/** The image files of samples that have some, behind other positions. */
const fileAt = ({ file }: Samples, at: (position: number) => number): Pick<Samples, 'file'> =>
  file ? { file: (position) => file(at(position)) } : {};

/** The samples at some positions, in that order. */
export const pickSamples = (samples: Samples, positions: Int32Array): Samples => {
  const at = (wanted: ArrayLike<number>): Int32Array => pick(positions, wanted);
  const readPicture = samples.readPicture?.bind(samples);
  return {
    length: positions.length,
    size: samples.size,
    targets: samples.targets,
    readTargets: (wanted) => samples.readTargets(at(wanted)),
    ...(samples.groups && { groups: pick(samples.groups, positions) }),
    ...(samples.shards && { shards: pick(samples.shards, positions) }),
    read: (wanted) => samples.read(at(wanted)),
    ...fileAt(samples, (position) => positions[position]!),
    ...(readPicture && { readPicture: (position) => readPicture(positions[position]!) }),
    ...(samples.canvases && { canvases: pickCanvases(samples.canvases, positions) }),
    describe: (position) => samples.describe(positions[position]!),
  };
};

/** Class of each sample [N]. Errors: `no-labels` where samples have none. */
export const classesOf = ({ groups }: Samples): Int32Array => {
  if (groups) return groups;
  throw new UnderstoryError(
    'no-labels',
    'These samples have no class each. What works by classes needs a dataset of one class an image.',
  );
};

/** Names of the targets of a kind. */
export const targetsOfKind = (targets: Targets, kind: TargetSpec['kind']): string[] =>
  Object.entries(targets).flatMap(([name, spec]) => (spec.kind === kind ? [name] : []));
