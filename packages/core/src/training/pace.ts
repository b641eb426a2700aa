import { chain, hexOf, nameHash, type Words } from '../data/nameHash.ts';
import { UnderstoryError } from '../errors.ts';
import { seedOf } from '../random.ts';
import { stepsPerEpoch, type Experiment } from '../contracts/experiment.ts';

/** What decides which images a step shows. A run that goes on must keep all of it, or it shows images twice or never. */
export interface Pace {
  readonly seed: number;
  readonly batch: number;
  readonly lastBatch: 'keep' | 'drop';
  readonly accumulate: number;
  /** Hash of an order that the sampler gives; absent where there is none, and all images come once, shuffled. */
  readonly sampler?: string;
  /** Images of each stream; the first one's make an epoch. */
  readonly images: Readonly<Record<string, number>>;
  /** Samples a step of the streams after the first. */
  readonly batches: Readonly<Record<string, number>>;
}

const orderHash = (order: Int32Array): string =>
  hexOf(order.reduce<Words>((hash, position) => chain(hash, [position, position]), nameHash('order')));

export const paceOf = ({ seed, lastBatch, accumulate = 1, streams, sampler }: Experiment): Pace => {
  const [{ batch }, ...others] = streams;
  return {
    ...{ seed, batch, lastBatch, accumulate },
    ...(sampler && { sampler: orderHash(sampler(seedOf(seed).at('pace'))) }),
    images: Object.fromEntries(streams.map(({ name, samples }) => [name, samples.length])),
    batches: Object.fromEntries(others.map((stream) => [stream.name, stream.batch])),
  };
};

const flat = ({ images, batches, ...pace }: Pace): [key: string, value: unknown][] => [
  ...Object.entries(pace),
  ...Object.entries(batches).map(([name, n]): [string, unknown] => [`batch of ${name}`, n]),
  ...Object.entries(images).map(([name, n]): [string, unknown] => [`images of ${name}`, n]),
];

/** Errors: `resume`, which names the first key that differs, with both values. */
export const checkPace = (before: Pace, after: Pace): void => {
  const has = new Map(flat(after));
  const had = new Map(flat(before));
  for (const key of new Set([...had.keys(), ...has.keys()])) {
    if (had.get(key) === has.get(key)) continue;
    const [old, now] = [had, has].map((pace) => (pace.has(key) ? JSON.stringify(pace.get(key)) : 'nothing'));
    throw new UnderstoryError(
      'resume',
      `"${key}" is ${now!}, and the run was trained with ${old!}: it would see images twice, or never. ` +
        'Give the value that it had, or start a new run without --resume.',
    );
  }
};

/** Images of the first stream that an epoch has shown after so many of its steps. */
export const imagesAfter = ({ streams: [{ samples, batch }] }: Experiment, steps: number): number =>
  Math.min(steps * batch, samples.length);

/** Errors: `resume` where a run's place in its epochs is not where this experiment would have it. */
export const checkPlace = (
  experiment: Experiment,
  { step, images }: { readonly step: number; readonly images?: number },
): void => {
  const perEpoch = stepsPerEpoch(experiment);
  if (step > experiment.epochs * perEpoch) {
    const done = Number((step / perEpoch).toFixed(2));
    throw new UnderstoryError(
      'resume',
      `"epochs" is ${experiment.epochs}, and the run has done ${done}. Give at least as many as were done.`,
    );
  }
  const expected = imagesAfter(experiment, step % perEpoch);
  if (images === undefined || images === expected) return;
  throw new UnderstoryError(
    'resume',
    `The run has seen ${images} images of its epoch, and ${expected} with this "batch", "lastBatch" and data. ` +
      'Give those that it had, or start a new run without --resume.',
  );
};
