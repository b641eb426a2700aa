import { float32, type NdArrays } from '../../contracts/arrays.ts';
import type { GradientAgreement, TrainingUnderWay } from '../../contracts/evaluator.ts';
import { learnedStream, type Experiment } from '../../contracts/experiment.ts';
import type { Samples } from '../../contracts/dataset.ts';
import { assemble } from '../../data/batches.ts';
import { roundOrder } from '../../data/orders.ts';
import { mixerOf, sizeAfter } from '../../data/view.ts';
import { viewedSamples } from '../../data/viewedSamples.ts';
import { partOf, type Named } from '../../named.ts';
import { seedOf } from '../../random.ts';
import type { Step } from '../../contracts/runner.ts';
import type { TrainingNetwork } from '../network.ts';
import type { Sharing } from '../workers/shared.ts';

/** A run at the end of an epoch. */
export interface Paused {
  readonly experiment: Experiment;
  readonly network: TrainingNetwork;
  readonly perEpoch: number;
  /** Step that comes next. */
  readonly step: number;
  /** The step that compares gradients in an epoch. */
  readonly comparing: (epoch: number) => Step;
  /** Workers that look together; absent where one process looks. */
  readonly sharing?: Sharing;
}

const seedFor = ({ seed }: Experiment, what: string) => seedOf(seed).at('look', what);

/** The epoch whose steps were run last. */
const epochOf = ({ step, perEpoch }: Pick<Paused, 'step' | 'perEpoch'>): number =>
  Math.max(0, Math.ceil(step / perEpoch) - 1);

/** Batches by number that are the same at every look: their own images, in their own draws. */
const fixedBatches = ({ experiment, network, perEpoch, step: now }: Paused) => {
  const { streams, microBatches = 1, epochs } = experiment;
  const orders = streams.map(({ name, samples, batch }) => {
    const part = Math.max(2, Math.ceil(batch / microBatches));
    const own = { samples, batch: Math.min(samples.length, part) };
    return roundOrder(own, seedFor(experiment, 'agreement').at(name));
  });
  const shared = { steps: epochs * perEpoch, rate: 0, stepsPerEpoch: perEpoch };
  const epoch = epochOf({ step: now, perEpoch });
  return async (step: number): Promise<NdArrays> => {
    const inputs = await assemble(experiment, network.objectives, orders, { ...shared, step, epoch });
    // Weights follow the run's epoch, while images and draws follow the batch.
    return { ...inputs, step: float32([now], []), epoch: float32([now / perEpoch], []) };
  };
};

/** Gradients of the loss by each variable that learns, for the first fixed batch: the same images in the same draws at every look. */
export const gradientsNow = async (
  paused: Paused & { readonly gradients: (epoch: number) => Step },
): Promise<NdArrays> => paused.gradients(epochOf(paused)).run(await fixedBatches(paused)(0));

/** What the comparing step tells of so many batches, in order; several workers take turns. */
async function* comparisons(paused: Paused, epoch: number, batches: number): AsyncGenerator<NdArrays> {
  const { sharing } = paused;
  const { size, rank } = sharing ?? { size: 1, rank: 0 };
  const inputsOf = fixedBatches(paused);
  for (let first = 0; first < batches; first += size) {
    const count = Math.min(size, batches - first);
    const own = await paused.comparing(epoch).run(await inputsOf(first + Math.min(rank, count - 1)));
    if (sharing) yield* sharing.exchange(own, count, `comparison ${first}`);
    else yield own;
  }
}

/** What the step told of each tap. */
const byTap = (told: Named<number>, { backbone }: TrainingNetwork): Record<string, GradientAgreement> =>
  Object.fromEntries(
    backbone.taps.flatMap(({ name }) => {
      const { byImage, parameters, ratio } = partOf(told, `${name}/`);
      if (byImage === undefined || parameters === undefined || ratio === undefined) return [];
      return [[name, { byImage, parameters, ratio }]];
    }),
  );

/** Samples in two draws of the training views, the first two or twice the only one; a view that mixes images shows none by itself. */
const viewedTwice = (experiment: Experiment, samples: Samples): readonly [Samples, Samples] | undefined => {
  const { views, samples: own } = learnedStream(experiment);
  const [first = [], second = first] = views;
  if (mixerOf([...first, ...second])) return undefined;
  const wanted = sizeAfter(first, own.size).join();
  if ([first, second].some((view) => sizeAfter(view, samples.size).join() !== wanted)) return undefined;
  const seed = seedFor(experiment, 'views');
  return [viewedSamples(samples, first, seed.at(0)), viewedSamples(samples, second, seed.at(1))];
};

/** The training under way, as evaluators may look at it. */
export const underWay = (paused: Paused, at: TrainingUnderWay['at']): TrainingUnderWay => {
  const { experiment, network, perEpoch } = paused;
  const epoch = epochOf(paused);
  const { streams } = experiment;
  return {
    ...{ epoch, at },
    steps: perEpoch,
    shown: streams.reduce((sum, { batch, views }) => sum + batch * views.length, 0),
    viewed: (samples) => viewedTwice(experiment, samples),
    async agreement(batches) {
      const all: Record<string, GradientAgreement>[] = [];
      for await (const outputs of comparisons(paused, epoch, batches)) {
        const told = Object.entries(outputs).map(([name, { data }]) => [name, data[0] ?? NaN] as const);
        all.push(byTap(Object.fromEntries(told), network));
      }
      return all;
    },
  };
};
