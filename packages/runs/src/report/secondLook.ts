import { colorJitter, crop, flip, grayscale } from '@understory/augmentations';
import {
  evaluationBatch,
  inferBatches,
  seedOf,
  viewedSamples,
  type NdArray,
  type Samples,
  type View,
} from '@understory/core';
import type { FinishedRun } from '../run/runExperiment.ts';
import { tapMaps } from './tapMaps.ts';

/** The second view of the official CIFAR code, whatever a run trained on: so stages of all runs answer one question. */
const VIEW: View = [
  crop({ pad: 4, fill: 0 }),
  flip(),
  colorJitter({ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1, p: 0.8 }),
  grayscale({ p: 0.2 }),
];

/** What `VIEW` does, for people. */
export const SECOND_LOOK = 'shifted, mirrored and in other colours';

/** These images as every report shows them a second time: an image the same way for all runs. */
const shownAgain = (samples: Samples): Samples => viewedSamples(samples, VIEW, seedOf(0).at('second look'));

/** What each tap makes of these test images shown a second time [n, d], by its name. */
export const secondLook = async (
  { experiment, training: { network, inference } }: Pick<FinishedRun, 'experiment' | 'training'>,
  positions: readonly number[],
): Promise<ReadonlyMap<string, NdArray>> => {
  const maps = tapMaps(network);
  const options = { batch: evaluationBatch(network), positions };
  for await (const seen of inferBatches(inference, shownAgain(experiment.dataset.test), options))
    maps.add(seen);
  return maps.end();
};
