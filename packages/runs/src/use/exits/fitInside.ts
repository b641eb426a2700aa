import { labelledSamples } from '@understory/config';
import { classesOf } from '@understory/core';
import { atMost, embed, fitTapScore, leastOfMost, meanOfTaps, tapScores } from '@understory/evaluators';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { inferring, type Measured } from '../evaluate/measured.ts';
import { insideModel } from './insideModel.ts';

/** Most training images that scores are fitted to. */
const LIMIT = 50_000;

/** How much images are like training images, at each tap, shallow to deep. */
export interface FittedInside {
  readonly models: readonly LayersModel[];
  /** The mean of the taps' scores that 95 % of validation images have at least. */
  readonly from: number;
}

/** Fits each tap's score to training images whose labels the run learns. Errors: `not-finite`, `bad-covariance`. */
export const fitInside = async (measured: Measured): Promise<FittedInside> => {
  const { network, runner, dataset, config, say } = measured;
  const { taps, model } = network.backbone;
  const outputs = taps.map(({ name }) => `tap/${name}`);
  const train = atMost(labelledSamples(dataset.train, config), LIMIT, (kept, all) =>
    say(`Scores of taps are fitted to ${kept} of the ${all} training images.`),
  );
  const infer = inferring(measured);
  const known = await embed({ infer }, train, outputs);
  const asked = await embed({ infer }, dataset.validation, outputs);
  const [models, scores]: [LayersModel[], Float64Array[]] = [[], []];
  for (const [i, output] of outputs.entries()) {
    const [, h, w, c] = model.outputs[i]!.shape as [null, number, number, number];
    const score = await fitTapScore(known.get(output)!, classesOf(train));
    models.push(await insideModel(taps[i]!.name, score, { shape: [h, w, c], runner }));
    scores.push(await tapScores(score, asked.get(output)!));
  }
  return { models, from: leastOfMost(meanOfTaps(scores)) };
};
