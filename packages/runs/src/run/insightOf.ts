import {
  evaluationBatch,
  infer,
  networkVariables,
  permutation,
  previewSamples,
  seedOf,
  type Experiment,
  type Insight,
  type Runner,
  type Samples,
  type StageFeatures,
  type Training,
} from '@understory/core';
import { labelsOf } from '../report/labelsOf.ts';
import { seenPictures } from '../report/pictures.ts';

/** A fixed choice of positions. */
const chosen = ({ length }: Samples, count: number): number[] =>
  [...permutation(length, seedOf(0).at('insight').rng())].slice(0, count).sort((a, b) => a - b);

const featuresOf = async (
  { dataset: { validation, test, classes }, inferenceCrop }: Experiment,
  { inference, network }: Training,
  images: number,
): Promise<StageFeatures> => {
  const samples = validation.length > 0 ? validation : test;
  const positions = chosen(samples, images);
  const names = network.backbone.taps.map(({ name }) => name);
  const outputs = names.map((name) => `tap/${name}`);
  const made = await infer(inference, samples, { batch: evaluationBatch(network), outputs, positions });
  const labels = labelsOf(samples, positions, classes);
  return {
    images: await seenPictures(samples, positions, inferenceCrop),
    taps: Object.fromEntries(
      names.flatMap((name) => {
        const features = made[`tap/${name}`];
        return features ? [[name, features]] : [];
      }),
    ),
    ...(labels && { classes: Array.from(labels, (label) => classes[label] ?? '') }),
  };
};

/** What reporters may look at of a training. */
export const insightOf = (experiment: Experiment, training: Training, runner: Runner): Insight => ({
  async weights() {
    const variables = networkVariables(training.network, true);
    const values = await runner.read(Object.values(variables));
    return Object.fromEntries(
      Object.keys(variables).flatMap((name, i) => {
        const value = values[i];
        return value ? [[name, value]] : [];
      }),
    );
  },
  gradients: () => training.gradients(),
  async views(epoch, images) {
    const [stream] = experiment.streams;
    const seen = await previewSamples(stream, experiment.seed, chosen(stream.samples, images), epoch);
    return seen.map((view) => view.images);
  },
  features: (images) => featuresOf(experiment, training, images),
});
