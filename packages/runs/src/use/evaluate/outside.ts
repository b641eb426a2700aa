import { labelledSamples } from '@understory/config';
import {
  byName,
  classesOf,
  mapNamed,
  SPLITS,
  type Dataset,
  type Samples,
  type SplitName,
} from '@understory/core';
import {
  atMost,
  embed,
  outsideNumbers,
  separation,
  tapNumbers,
  type Matrix,
  type OutsideScore,
  type Seen,
  type Separation,
} from '@understory/evaluators';
import { meanConfidence } from '@understory/metrics';
import type { FittedExits } from '../exits/fitExits.ts';
import { inferring, type Measured } from './measured.ts';
import { mustHaveImages, mustHaveSize, openOther, type OtherData } from './otherData.ts';

/** How well a network's scores tell its own classes from other data. */
export interface OutsideResult {
  /** The other data, its split and how many images were seen. */
  readonly dataset: string;
  readonly split: SplitName;
  readonly samples: number;
  /** Neighbour whose distance is the score `knn`. */
  readonly k: number;
  readonly scores: Readonly<Record<OutsideScore | 'taps', Separation> & { readonly exits?: Separation }>;
  /** The score of each tap alone. */
  readonly byTap: Readonly<Record<string, Separation>>;
}

/** Most training images that scores are fitted to, and the neighbour that counts where there are as many images. */
const LIMIT = 50_000;
const NEIGHBOUR = 50;

const outputOf = (found: ReadonlyMap<string, Matrix>, name: string): Matrix => {
  const matrix = found.get(name);
  if (matrix) return matrix;
  throw new RangeError(`There is no output "${name}".`);
};

/** What a network makes of samples, the taps' pooled maps too. */
interface SeenDeeply extends Seen {
  readonly taps: Readonly<Record<string, Matrix>>;
}

const see = async (measured: Measured, samples: Samples): Promise<SeenDeeply> => {
  const taps = measured.network.backbone.taps.map(({ name }) => name);
  const outputs = ['logits', 'pooled', ...taps.map((name) => `tap/${name}`)];
  const found = await embed({ infer: inferring(measured) }, samples, outputs);
  return {
    ...{ logits: outputOf(found, 'logits'), features: outputOf(found, 'pooled') },
    taps: Object.fromEntries(taps.map((name) => [name, outputOf(found, `tap/${name}`)])),
  };
};

/** How sure all exits together are: high where they agree, and are sure themselves. */
const togetherSure = async (
  { dataset }: Measured,
  { logits, exits }: FittedExits,
  samples: Samples,
): Promise<Float64Array> =>
  meanConfidence(
    (await logits(samples, 'images at exits')).map((one, e) => {
      return { logits: one, classes: dataset.classes.length, temperature: exits[e]!.temperature };
    }),
  );

/** The split of the same name, or one that has images. */
const splitOf = (dataset: Dataset, wanted: SplitName): SplitName => {
  const found = [wanted, 'test' as const, ...SPLITS].find((name) => dataset[name].length > 0) ?? wanted;
  mustHaveImages(dataset, found);
  return found;
};

const noteShared = ({ dataset, say }: Measured, { name, classes }: Dataset): void => {
  const shared = classes.filter((one) => dataset.classes.includes(one));
  if (shared.length > 0)
    say(`${shared.length} of the ${classes.length} classes of ${name} have names that the run trained on.`);
};

/** What was seen of training images, with their classes, of the split's own and of others. */
interface SeenByAll {
  readonly known: SeenDeeply;
  readonly labels: Int32Array;
  readonly own: SeenDeeply;
  readonly others: SeenDeeply;
  /** Neighbour whose distance counts. */
  readonly k: number;
}

const scoresOf = async ({
  known,
  labels,
  own,
  others,
  k,
}: SeenByAll): Promise<Pick<OutsideResult, 'scores' | 'byTap'>> => {
  const ofTaps = mapNamed(known.taps, (train, tap) => {
    return { train, inside: byName(own.taps, tap), outside: byName(others.taps, tap) };
  });
  const { taps, byTap } = await tapNumbers(ofTaps, labels);
  const given = { train: known.features, labels, k, inside: own, outside: others };
  return { scores: { ...(await outsideNumbers(given)), taps }, byTap };
};

/** Scores of the split's images against those of other data. Errors: `data-changed` (another size), `empty-split`. */
export const measureOutside = async (
  measured: Measured,
  outside: OtherData,
  exits?: FittedExits,
): Promise<OutsideResult> => {
  const { dataset, split, say } = measured;
  const other = await openOther(outside, measured.onProgress);
  try {
    const { size } = dataset[split];
    mustHaveSize(other, size);
    noteShared(measured, other);
    const chosen = splitOf(other, split);
    const train = atMost(labelledSamples(dataset.train, measured.config), LIMIT, (kept, all) =>
      say(`Scores are fitted to ${kept} of the ${all} training images.`),
    );
    const k = Math.min(NEIGHBOUR, train.length);
    const { scores, byTap } = await scoresOf({
      ...{ k, labels: classesOf(train), known: await see(measured, train) },
      ...{ own: await see(measured, dataset[split]), others: await see(measured, other[chosen]) },
    });
    const ofExits = exits && {
      exits: separation(
        await togetherSure(measured, exits, dataset[split]),
        await togetherSure(measured, exits, other[chosen]),
      ),
    };
    const all = { ...scores, ...ofExits };
    return { dataset: other.name, split: chosen, samples: other[chosen].length, k, scores: all, byTap };
  } finally {
    await other.close?.();
  }
};
