import { BATCHES } from '@understory/evaluators';
import { deviation, mean } from '../tables/statistics.ts';
import { termsOfTap, type Look, type Observed } from './observe.ts';

/** A mean, and how far it may be off by chance: one standard error. */
export interface Estimate {
  readonly mean: number;
  readonly error: number;
}

/** What short runs showed of one stage that has losses of its own. */
export interface Evidence {
  readonly tap: string;
  /** Cosine of what its own loss and the task ask of its output, by image: above 0 they pull together. */
  readonly agreement: Estimate;
  /** How hard its own loss pulls at the weights up to it, as a multiple of the task's. */
  readonly strength: number;
  /** Share of validation images whose class its nearest neighbours tell, with the stages' losses and without them. */
  readonly knows?: { readonly with: number; readonly without: number; readonly gain: Estimate };
  /** Its own loss in the first and in the last epoch. */
  readonly loss: { readonly first: number; readonly last: number };
}

/** One seed: the config as it is, and the same without the losses of stages, where something is left then. */
export interface Pair {
  readonly supervised: Observed;
  readonly plain?: Observed;
}

/** Deviation of runs; of one, which shows none, 0. */
const spread = (values: readonly number[]): number => (values.length > 1 ? deviation(values) : 0);

/** The later half of the looks: the first ones see a network that has learned nothing yet. */
const laterLooks = ({ looks }: Observed): readonly Look[] => looks.slice(Math.floor(looks.length / 2));

const meanOf = (looks: readonly Look[], name: string): number =>
  mean(looks.map(({ metrics }) => metrics[name] ?? NaN).filter(Number.isFinite));

const ofSeeds = (pairs: readonly Pair[], name: string): number[] =>
  pairs.map(({ supervised }) => meanOf(laterLooks(supervised), name));

/** By batches within a run, and by runs where there are several: the larger of the two errors. */
const agreementOf = (pairs: readonly Pair[], tap: string): Estimate => {
  const values = ofSeeds(pairs, `${tap}/gradient-image`);
  const spreads = ofSeeds(pairs, `${tap}/gradient-image-spread`);
  const within = Math.sqrt(mean(spreads.map((s) => s ** 2)) / BATCHES);
  return { mean: mean(values), error: Math.max(within, spread(values)) / Math.sqrt(pairs.length) };
};

const knowsOf = (pairs: readonly Pair[], tap: string, images: number): Evidence['knows'] => {
  const both = pairs.flatMap(({ supervised, plain }) => {
    const [a, b] = [supervised.looks.at(-1), plain?.looks.at(-1)];
    const [x, y] = [a?.metrics[`${tap}/knn`], b?.metrics[`${tap}/knn`]];
    return x === undefined || y === undefined ? [] : [{ x, y }];
  });
  if (both.length === 0) return undefined;
  const [x, y] = [mean(both.map((p) => p.x)), mean(both.map((p) => p.y))];
  // Of two shares of the same images the difference varies by less than this.
  const sampling = Math.sqrt((x * (1 - x) + y * (1 - y)) / images);
  const runs = spread(both.map((p) => p.x - p.y));
  const gain = { mean: x - y, error: Math.max(sampling, runs) / Math.sqrt(both.length) };
  return { with: x, without: y, gain };
};

/** What pairs of runs showed of each of these stages; `images` were measured. */
export const evidenceOf = (
  pairs: readonly [Pair, ...Pair[]],
  taps: readonly string[],
  images: number,
): readonly Evidence[] =>
  taps.map((tap) => {
    const losses = pairs.map(({ supervised }) => termsOfTap(supervised, tap));
    const knows = knowsOf(pairs, tap, images);
    return {
      tap,
      agreement: agreementOf(pairs, tap),
      strength: mean(ofSeeds(pairs, `${tap}/gradient-ratio`)),
      ...(knows && { knows }),
      loss: { first: mean(losses.map((l) => l[0] ?? NaN)), last: mean(losses.map((l) => l.at(-1) ?? NaN)) },
    };
  });
