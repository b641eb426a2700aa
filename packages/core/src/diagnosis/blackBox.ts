import type { Variable } from '@tensorflow/tfjs-core';
import { int32, type NdArrays } from '../contracts/arrays.ts';
import type { Network } from '../contracts/objective.ts';
import type { Runner } from '../contracts/runner.ts';
import { UnderstoryError } from '../errors.ts';
import { encodeSafetensors } from '../formats/safetensors.ts';
import { inputName } from '../data/batches.ts';
import { readNamed } from '../training/checkpoint.ts';
import type { Experiment } from '../contracts/experiment.ts';
import { networkVariables } from '../training/network.ts';
import { partOf, withPrefix } from '../named.ts';
import { isCount, isObject } from '../checks.ts';
import type { Samples } from '../contracts/dataset.ts';
import { decodeOwn, parsedAs } from '../formats/ownFile.ts';

/** All that a step which failed began with: enough to run it again anywhere, without the run's folder or its images. */
export interface BlackBox {
  readonly step: number;
  /** Values of all variables before the step, by their names in checkpoints. */
  readonly state: NdArrays;
  /** What the step was fed. */
  readonly inputs: NdArrays;
  /** Weights of the teachers that were loaded, in the order in which objectives asked for them. */
  readonly teachers: readonly NdArrays[];
  /** How many training samples there are, what is known of each, and their classes: memory banks are made from them. */
  readonly train: Pick<Samples, 'length' | 'targets' | 'groups'>;
  /** What the samples of the step are called, by stream, in the batch's order. */
  readonly samples: Readonly<Record<string, readonly string[]>>;
  /** What the program that trained says of the run, for the one that replays it. */
  readonly description: string;
}

const FORMAT = 'understory-black-box-2';
const [STATE, INPUTS, LABELS] = ['state/', 'inputs/', 'labels'] as const;
const teacherPrefix = (i: number): string => `teacher${i}/`;

/** A step that failed, as the run has it. */
export interface FailedStep extends Pick<BlackBox, 'step' | 'inputs' | 'description'> {
  readonly experiment: Experiment;
  readonly variables: Readonly<Record<string, Variable>>;
  readonly teachers: readonly Network[];
}

const sampleNames = ({ experiment, inputs }: FailedStep): BlackBox['samples'] =>
  Object.fromEntries(
    experiment.streams.map(({ name, samples }) => {
      const positions = inputs[inputName.positions(name)]?.data ?? [];
      return [name, Array.from(positions, (position) => samples.describe(position))];
    }),
  );

/** Writes down a step: what it began with and what it was fed, in one file. */
export const takeBlackBox = async (runner: Runner, failed: FailedStep): Promise<Uint8Array> => {
  const { step, inputs, description, experiment, variables, teachers } = failed;
  const { groups, length, targets } = experiment.dataset.train;
  const weights: NdArrays[] = [];
  for (const teacher of teachers) weights.push(await readNamed(runner, networkVariables(teacher)));
  const tensors = Object.assign(
    {
      ...withPrefix(STATE, await readNamed(runner, variables)),
      ...withPrefix(INPUTS, inputs),
      ...(groups && { [LABELS]: int32(groups, [groups.length]) }),
    },
    ...weights.map((one, i) => withPrefix(teacherPrefix(i), one)),
  ) as NdArrays;
  const about: About = {
    samples: sampleNames(failed),
    teachers: teachers.length,
    train: { length, targets },
  };
  return encodeSafetensors(tensors, {
    ...{ format: FORMAT, step: String(step), description },
    about: JSON.stringify(about),
  });
};

interface About extends Pick<BlackBox, 'samples'> {
  /** How many. */
  readonly teachers: number;
  readonly train: Omit<BlackBox['train'], 'groups'>;
}

const isTarget = (value: unknown): boolean =>
  isObject(value) &&
  typeof value['kind'] === 'string' &&
  typeof value['dtype'] === 'string' &&
  Array.isArray(value['shape']) &&
  value['shape'].every(isCount);

const isTrain = (value: unknown): boolean =>
  isObject(value) &&
  isCount(value['length']) &&
  isObject(value['targets']) &&
  Object.values(value['targets']).every(isTarget);

const isNames = (value: unknown): boolean =>
  Array.isArray(value) && value.every((name) => typeof name === 'string');

const isAbout = (value: unknown): value is About =>
  isObject(value) &&
  Number.isSafeInteger(value['teachers']) &&
  isTrain(value['train']) &&
  isObject(value['samples']) &&
  Object.values(value['samples']).every(isNames);

/** Errors: `black-box` where the file is none of this version or says too little, `bad-safetensors` where it is damaged. */
export const readBlackBox = (bytes: Uint8Array, source: string): BlackBox => {
  const { tensors, metadata } = decodeOwn(bytes, source);
  if (metadata['format'] !== FORMAT) {
    throw new UnderstoryError(
      'black-box',
      `${source} is no black box of this version (format "${metadata['format'] ?? 'none'}").`,
    );
  }
  const about = parsedAs(metadata['about'], isAbout);
  const step = Number(metadata['step']);
  // Each teacher has a tensor or more: a count beyond theirs is no count.
  if (!about || !Number.isSafeInteger(step) || about.teachers > Object.keys(tensors).length) {
    const cure = 'Copy it again, or let the run fail again.';
    throw new UnderstoryError(
      'black-box',
      `${source} is damaged: it does not say which step it holds. ${cure}`,
    );
  }
  const { samples, teachers, train } = about;
  const labels = tensors[LABELS]?.data;
  return {
    step,
    state: partOf(tensors, STATE),
    inputs: partOf(tensors, INPUTS),
    teachers: Array.from({ length: teachers }, (_, i) => partOf(tensors, teacherPrefix(i))),
    train: { ...train, ...(labels instanceof Int32Array && { groups: labels }) },
    samples,
    description: metadata['description'] ?? '',
  };
};

/** Samples that stand for a run's training samples where its images are not there: the box holds those that the step saw. */
export const standIns = ({ train }: Pick<BlackBox, 'train'>, size: Samples['size']): Samples => ({
  ...train,
  size,
  readTargets: () =>
    Promise.reject(new UnderstoryError('black-box', 'A black box holds no targets beyond its step.')),
  read: () => Promise.resolve(new Uint8Array()),
  describe: String,
});
