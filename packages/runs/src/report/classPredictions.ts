import {
  byName,
  evaluationBatch,
  inferBatches,
  LOGITS,
  outputShapes,
  rowAt,
  type Predictions,
} from '@understory/core';
import type { FinishedRun } from '../run/runExperiment.ts';

/**
 * Logits of all test images beside their classes; undefined where the task's logits are not one a class, or no target
 * that it needs is a class.
 */
export const classPredictions = async ({
  experiment: { task, dataset },
  training: { network, inference },
}: Pick<FinishedRun, 'experiment' | 'training'>): Promise<Predictions | undefined> => {
  const { test, classes } = dataset;
  const target = Object.entries(task.targets).find(([, kind]) => kind === 'class')?.[0];
  if (target === undefined || outputShapes(network)[LOGITS]?.join() !== String(classes.length))
    return undefined;
  const logits = new Float32Array(test.length * classes.length);
  const labels = new Int32Array(test.length);
  for await (const { positions, outputs } of inferBatches(inference, test, {
    batch: evaluationBatch(network),
  })) {
    const known = await test.readTargets(positions);
    positions.forEach((position, i) => {
      logits.set(byName(rowAt(outputs, i), LOGITS).data, position * classes.length);
      labels.set(byName(rowAt(known, i), target).data, position);
    });
  }
  return { classes: classes.length, logits, labels };
};
