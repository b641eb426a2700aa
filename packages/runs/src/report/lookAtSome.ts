import {
  evaluationBatch,
  inferBatches,
  isDetail,
  rowAt,
  metricRequest,
  type InferredBatch,
  type Metric,
  type NdArrays,
  type Prediction,
  type Samples,
} from '@understory/core';
import type { MeasuredNumber, StageEmbedding } from '@understory/report';
import type { FinishedRun } from '../run/runExperiment.ts';
import { isSound } from '../use/isSound.ts';
import { chosen, EMBEDDED, exampleChoice } from './chosen.ts';
import { secondLook } from './secondLook.ts';
import { tapMaps } from './tapMaps.ts';

type Finished = Pick<FinishedRun, 'experiment' | 'training'>;

/** What a network makes of some test images. */
export interface Looked {
  /** Of each tapped stage, for the images of `chosen`. */
  readonly embeddings: readonly StageEmbedding[];
  /** What the task says of those of `exampleChoice`; undefined where numbers are not finite. */
  readonly examples: readonly (Prediction | undefined)[];
  /** How it says it. */
  readonly kind: Prediction['kind'] | undefined;
  readonly numbers: readonly MeasuredNumber[];
}

const measured = (name: string, { goal, details = [] }: Metric): MeasuredNumber => ({
  ...{ name, goal },
  ...(isDetail(name, { details }) && { detail: true }),
});

/** Names of what each metric measures: a metric tells them with its values alone, so it measures a batch. */
const numbersOf = async (
  { experiment: { metrics, dataset } }: Finished,
  samples: Samples,
  { positions, outputs }: InferredBatch,
): Promise<MeasuredNumber[]> => {
  const batch = { outputs, targets: await samples.readTargets(positions), count: positions.length };
  const named = metrics.map(async (metric) => {
    const pass = metric.begin(metricRequest(dataset.classes, samples));
    pass.add(batch);
    return Object.keys(await pass.end()).map((name) => measured(name, metric));
  });
  return (await Promise.all(named)).flat();
};

/** What a run's metrics measure, from a batch of its validation images: for datasets without test images. */
export const numbersOfValidation = async (finished: Finished): Promise<readonly MeasuredNumber[]> => {
  const { validation } = finished.experiment.dataset;
  if (validation.length === 0) return [];
  const batch = evaluationBatch(finished.training.network);
  const positions = [...Array(Math.min(batch, validation.length)).keys()];
  for await (const seen of inferBatches(finished.training.inference, validation, { batch, positions }))
    return numbersOf(finished, validation, seen);
  return [];
};

/** What a network says of the examples, as their batches come. */
const listener = ({ experiment: { task, dataset } }: Finished) => {
  const { test, classes } = dataset;
  const wanted = exampleChoice(test);
  const examples = new Map<number, Prediction | undefined>();
  let kind: Prediction['kind'] | undefined;
  const decode = (outputs: NdArrays): Prediction | undefined => {
    const prediction = task.decode(outputs, { classes, size: test.size });
    kind = prediction.kind;
    return isSound(prediction, outputs) ? prediction : undefined;
  };
  return {
    add({ positions, outputs }: InferredBatch): void {
      positions.forEach((p, i) => wanted.includes(p) && examples.set(p, decode(rowAt(outputs, i))));
    },
    end: () => ({ examples: wanted.map((p) => examples.get(p)), kind }),
  };
};

/** Looks at some test images, the same for every method, batch by batch; outputs that are not shown are not kept. */
export const lookAtSome = async (finished: Finished): Promise<Looked> => {
  const { network, inference } = finished.training;
  const { test } = finished.experiment.dataset;
  const maps = tapMaps(network);
  const said = listener(finished);
  let numbers: readonly MeasuredNumber[] | undefined;
  const positions = chosen(test, EMBEDDED);
  const options = { batch: evaluationBatch(network), positions };
  for await (const seen of inferBatches(inference, test, options)) {
    maps.add(seen);
    said.add(seen);
    numbers ??= await numbersOf(finished, test, seen);
  }
  const again = test.groups ? await secondLook(finished, positions) : undefined;
  return {
    ...said.end(),
    embeddings: [...maps.end()].map(([stage, values]) => {
      const second = again?.get(stage);
      return { stage, values, ...(second && { again: second }) };
    }),
    numbers: numbers ?? [],
  };
};
