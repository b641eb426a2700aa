import type { NdArrays } from '../contracts/arrays.ts';
import type { Network } from '../contracts/objective.ts';
import type { BlackBox } from './blackBox.ts';
import { inputName } from '../data/batches.ts';
import { restore } from '../training/checkpoint.ts';
import { eagerRunner } from '../training/eagerRunner.ts';
import type { Experiment } from '../contracts/experiment.ts';
import { findNotFinite, type Culprit } from './findNotFinite.ts';
import { allVariables, buildNetwork, disposeNetwork, networkVariables } from '../training/network.ts';
import { optimizerState } from '../training/optimizerState.ts';
import { trainingStep } from '../training/step.ts';

/** Where a step went wrong first, and at which samples. */
export interface Finding extends Culprit {
  /** Names of the samples whose rows hold values that are not finite; none where the result has no row a sample. */
  readonly samples: readonly string[];
}

interface Rows {
  readonly names: readonly string[];
  /** Rows a view. */
  readonly batch: number;
  readonly views: number;
}

/** The sample of each row of a result with so many rows; undefined where its rows are none of the step's. */
const rowNames = (streams: readonly Rows[], rows: number): readonly string[] | undefined => {
  const stacked = ({ names, views }: Rows): string[] => Array.from({ length: views }, () => names).flat();
  const whole = streams.flatMap(stacked);
  if (whole.length === rows) return whole;
  const own = streams.filter(({ batch, views }) => rows === batch || rows === batch * views);
  if (own.length !== 1) return undefined;
  return rows === own[0]!.batch ? own[0]!.names : stacked(own[0]!);
};

const samplesOf = (
  { streams, microBatches = 1 }: Experiment,
  { shape, rows }: Culprit,
  { inputs, samples }: Pick<BlackBox, 'inputs' | 'samples'>,
): readonly string[] => {
  if (shape.length < 2 || microBatches > 1) return [];
  const known = streams.map(({ name, views }): Rows => {
    const batch = inputs[inputName.positions(name)]!.shape[0]!;
    return { names: samples[name] ?? [], batch, views: views.length };
  });
  const names = rowNames(known, shape[0]!);
  return [...new Set(rows.flatMap((row) => names?.[row] ?? []))];
};

/** Gives each teacher the weights that the black box holds of it, in the order in which they are asked for. */
const boxedTeachers = (
  teacher: Experiment['teacher'],
  weights: readonly NdArrays[],
): Experiment['teacher'] => {
  let asked = 0;
  return async (source, request): Promise<Network> => {
    const network = await teacher(source, request);
    const own = weights[asked++];
    if (own) await restore(eagerRunner(), networkVariables(network), own);
    return network;
  };
};

/** Epoch of the step that a box holds, counted from 0. */
const epochOf = ({ inputs }: BlackBox): number => Math.floor(inputs['epoch']?.data[0] ?? 0);

/**
 * Runs a step that failed again, op by op, in a network of its own, and names the first operation that went wrong;
 * undefined where all values are finite. `experiment.teacher` need only give networks of the right shape.
 */
export const replay = async (experiment: Experiment, box: BlackBox): Promise<Finding | undefined> => {
  const teacher = boxedTeachers(experiment.teacher, box.teachers);
  const network = await buildNetwork({ ...experiment, teacher });
  const state = optimizerState(experiment, network);
  try {
    await restore(eagerRunner(), allVariables(network, state), box.state);
    const head = network.head ? [network.head.model] : [];
    const models = [network.backbone.model, ...head, ...Object.values(network.modules)];
    const culprit = findNotFinite(
      trainingStep(experiment, network, state, { epoch: epochOf(box) }),
      box.inputs,
      models,
    );
    return culprit && { ...culprit, samples: samplesOf(experiment, culprit, box) };
  } finally {
    Object.values(state).forEach((v) => v.dispose());
    disposeNetwork(network);
  }
};

const sampleList = (samples: readonly string[]): string =>
  samples.length === 0 ? '' : `, of ${samples.join(', ')}`;

/** A finding in one sentence: operation, layer, how many values, samples. */
export const findingText = ({ kernel, layer, shape, count, samples }: Finding): string => {
  const where =
    layer === undefined ? 'outside of the layers (a loss, a gradient or an update)' : `in layer "${layer}"`;
  const size = shape.reduce((a, b) => a * b, 1);
  return `${kernel} went wrong first, ${where}: ${count} of ${size} values of its result [${shape.join(', ')}]${sampleList(samples)}.`;
};
