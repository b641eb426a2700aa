import {
  classesOf,
  LABEL,
  seedOf,
  type Dataset,
  type DatasetFactory,
  type EpochOrder,
  type Sampler,
  type Samples,
} from '@understory/core';
import { check, isSame, requireThat, type ChecksOfKind } from '../check.ts';

const SPLITS = ['train', 'validation', 'test'] as const;

const checkSamples = async (name: string, samples: Samples, classes: readonly string[]): Promise<void> => {
  const [height, width] = samples.size;
  const last = samples.length - 1;
  const positions = [last, 0, Math.floor(last / 2)];
  const pixels = await samples.read(positions);
  const each = height * width * 3;
  requireThat(
    pixels.length === each * positions.length,
    `${name}: three images of ${height} × ${width} are ${pixels.length} bytes, not ${3 * each}`,
  );
  const first = await samples.read([0]);
  requireThat(
    isSame(pixels.slice(each, 2 * each), first),
    `${name}: image 0 is another one where it is read among others`,
  );
  const targets = await samples.readTargets(positions);
  for (const [target, { shape }] of Object.entries(samples.targets))
    requireThat(
      isSame(targets[target]?.shape ?? [], [3, ...shape]),
      `${name}: "${target}" of three images is [${targets[target]?.shape.join(', ')}], and it says [${shape.join(', ')}] each`,
    );
  if (!samples.targets[LABEL]) return;
  const odd = classesOf(samples).find((label) => label < 0 || label >= classes.length);
  requireThat(odd === undefined, `${name}: a label is ${odd} of ${classes.length} classes`);
};

const names = ({ train, validation, test }: Dataset): string =>
  [train, validation, test]
    .map((s) => Array.from({ length: Math.min(50, s.length) }, (_, i) => s.describe(i)).join(' '))
    .join('\n');

/** `DATASET`: three splits of images, and what is known of them. */
export const datasetChecks: ChecksOfKind<DatasetFactory> = (make) => {
  const use = async (work: (dataset: Dataset) => void | Promise<void>): Promise<void> => {
    const dataset = await make()({ seed: seedOf(1) });
    try {
      await work(dataset);
    } finally {
      await dataset.close?.();
    }
  };
  return [
    check('has images to train on, and says what it left out', () =>
      use(({ train, leftOut, name }) => {
        requireThat(train.length > 0, `${name} has no training images`);
        requireThat(
          leftOut.every(({ reason, count }) => reason !== '' && count > 0),
          'leftOut holds a reason without a count, or a count without a reason',
        );
      }),
    ),
    check('gives images and targets of the shapes that it says, in any order', () =>
      use(async (dataset) => {
        for (const split of SPLITS)
          if (dataset[split].length > 0) await checkSamples(split, dataset[split], dataset.classes);
      }),
    ),
    check('has the same splits for the same seed', async () => {
      const seen: string[] = [];
      for (let i = 0; i < 2; i++) await use((dataset) => void seen.push(names(dataset)));
      requireThat(seen[0] === seen[1], 'opened again with the same seed, it has other splits');
    }),
  ];
};

/** `SAMPLER`: the order of an epoch's images. */
export const samplerChecks: ChecksOfKind<Sampler> = (make) => {
  const length = 30;
  const order = (): EpochOrder => {
    const groups = Int32Array.from({ length }, (_, i) => i % 3);
    const shards = Int32Array.from({ length }, (_, i) => Math.floor(i / 10));
    return make()({ length, groups, shards, classes: ['a', 'b', 'c'] });
  };
  return [
    check('keeps the number of images of an epoch, each of them there', () => {
      const positions = order()(seedOf(1));
      requireThat(positions.length === length, `an epoch of ${length} images has ${positions.length}`);
      const odd = positions.find((p) => p < 0 || p >= length);
      requireThat(odd === undefined, `position ${odd} of ${length} images`);
    }),
    check("is a function of the epoch's seed alone", () => {
      const one = order();
      const first = one(seedOf(1));
      one(seedOf(2));
      requireThat(
        isSame(one(seedOf(1)), first) && isSame(order()(seedOf(1)), first),
        'the same seed gives another order the second time: a run could not go on to the same bits',
      );
    }),
  ];
};
