import { stepsPerEpoch, type Experiment, type StreamSource } from '../contracts/experiment.ts';
import type { EpochOrder } from '../contracts/sampler.ts';
import { UnderstoryError } from '../errors.ts';
import { permutation, type Seed } from '../random.ts';
import { pacedByCanvas } from './canvases.ts';

/** Which samples a stream shows at which step: a pure function, so that a run can go on from any step. */
export interface Order {
  at(step: number): {
    readonly positions: Int32Array;
    readonly epoch: number;
    /** How often each of them was shown before in this epoch; 0 for all where absent. */
    readonly repeats?: Int32Array;
  };
}

/** How often each entry of an order of so many samples stands before its place. */
const repeatsIn = (order: Int32Array, samples: number): Int32Array => {
  const seen = new Int32Array(samples);
  return order.map((position) => seen[position]!++);
};

/** An epoch's images by a sampler of one's own. Throws where it changes how many there are, or names one that is not there. */
const sampled = (sampler: EpochOrder, samples: number, seed: Seed): Int32Array => {
  const order = sampler(seed);
  const wrong = order.find((position) => !(position >= 0 && position < samples));
  if (order.length === samples && wrong === undefined) return order;
  const what = wrong === undefined ? `${order.length} positions` : `position ${wrong}`;
  throw new UnderstoryError(
    'sampler',
    `The sampler gave ${what} for an epoch of ${samples} images, from 0 on.`,
  );
};

/** An epoch, drawn. */
interface Drawn {
  readonly epoch: number;
  readonly order: Int32Array;
  readonly repeats?: Int32Array;
}

/** The stream that paces the run: `steps` batches an epoch, each epoch in an order of its own; batches of one canvas. */
const pacedOrder = (
  streams: Experiment['streams'],
  {
    steps,
    seed,
    sampler,
  }: { readonly steps: number; readonly seed: Seed; readonly sampler?: EpochOrder | undefined },
): Order => {
  const [{ samples, batch }] = streams;
  const draw = (epoch: number): Drawn => {
    const own = seed.at(epoch);
    if (!sampler) return { epoch, order: pacedByCanvas(streams, permutation(samples.length, own.rng())) };
    const order = pacedByCanvas(streams, sampled(sampler, samples.length, own));
    return { epoch, order, repeats: repeatsIn(order, samples.length) };
  };
  let drawn: Drawn | undefined;
  return {
    at(step) {
      const epoch = Math.floor(step / steps);
      if (drawn?.epoch !== epoch) drawn = draw(epoch);
      const [start, end] = [(step % steps) * batch, ((step % steps) + 1) * batch];
      const { order, repeats } = drawn;
      return {
        positions: order.slice(start, end),
        epoch,
        ...(repeats && { repeats: repeats.slice(start, end) }),
      };
    },
  };
};

/** A stream that goes round on its own: always full batches, which may reach into its next round. */
export const roundOrder = (
  { samples, batch }: Pick<StreamSource, 'samples' | 'batch'>,
  seed: Seed,
): Order => {
  const drawn = new Map<number, Int32Array>();
  const orderOf = (round: number): Int32Array => {
    const order = drawn.get(round) ?? permutation(samples.length, seed.at(round).rng());
    if (drawn.size > 4) drawn.clear();
    drawn.set(round, order);
    return order;
  };
  return {
    at(step) {
      const first = step * batch;
      const places = Int32Array.from({ length: batch }, (_, i) => first + i);
      const rounds = places.map((place) => Math.floor(place / samples.length));
      const [epoch = 0] = rounds;
      return {
        positions: places.map((place, i) => orderOf(rounds[i]!)[place % samples.length]!),
        epoch,
        // Of the rounds that it reaches into, too: they draw anew.
        ...(rounds.at(-1) !== epoch && { repeats: rounds.map((round) => round - epoch) }),
      };
    },
  };
};

export const orders = (experiment: Experiment, seed: Seed): readonly Order[] =>
  experiment.streams.map((stream, i) => {
    const own = seed.at('order', stream.name);
    const { sampler } = experiment;
    return i === 0
      ? pacedOrder(experiment.streams, { steps: stepsPerEpoch(experiment), seed: own, sampler })
      : roundOrder(stream, own);
  });
