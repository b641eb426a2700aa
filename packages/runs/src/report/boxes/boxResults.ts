import { BOXES, DETECTIONS, evaluationBatch, FRAME, inferBatches } from '@understory/core';
import { cocoEvaluation, detectionErrors, readImageBoxes, type ImageBoxes } from '@understory/metrics';
import type { BoxResults } from '@understory/report';
import type { FinishedRun } from '../../run/runExperiment.ts';
import { bestThreshold } from './bestThreshold.ts';
import { cutOut } from './cutOut.ts';
import { curvesOf, scoresByClass, scoresBySize } from './scores.ts';
import { errorsOf } from './errors.ts';
import { worstFalseAlarms, worstMisses } from './mistakes.ts';

type Finished = Pick<FinishedRun, 'experiment' | 'training'>;

/** True and found boxes of all test images; undefined where the network finds none, or true ones are not known. */
const findBoxes = async ({
  experiment: { dataset },
  training: { network, inference },
}: Finished): Promise<readonly ImageBoxes[] | undefined> => {
  const { test } = dataset;
  if (!test.targets[BOXES] || !test.targets[FRAME]) return undefined;
  const images: ImageBoxes[] = []; // by position
  for await (const seen of inferBatches(inference, test, { batch: evaluationBatch(network) })) {
    const { positions, outputs } = seen;
    if (!outputs[DETECTIONS]) return undefined;
    const targets = await test.readTargets(positions);
    readImageBoxes({ outputs, targets, count: positions.length }).forEach((boxes, i) => {
      images[positions[i] ?? 0] = boxes;
    });
  }
  return images;
};

/**
 * What a network's boxes of all test images come to, of which nothing but boxes is kept; undefined for what is no detector
 * or has no true boxes with their frames.
 */
export const boxResults = async (finished: Finished): Promise<BoxResults | undefined> => {
  const { test, classes } = finished.experiment.dataset;
  const images = await findBoxes(finished);
  if (!images) return undefined;
  const evaluation = cocoEvaluation(images, classes.length);
  const threshold = bestThreshold(images, classes.length);
  const errors = detectionErrors(images, classes.length, { least: threshold });
  const found = { images, errors, classes };
  return {
    images: images.length,
    byClass: scoresByClass(evaluation, classes),
    bySize: scoresBySize(evaluation, images),
    curves: curvesOf(evaluation, classes),
    threshold,
    ...errorsOf(errors),
    misses: await cutOut(test, worstMisses(found)),
    falseAlarms: await cutOut(test, worstFalseAlarms(found)),
  };
};
