import { mapNamed, type Named } from '@understory/core';
import type { Matrix } from '../matrix.ts';
import { fitGaussians, mahalanobisScores } from './mahalanobis.ts';
import { energyScores, neighbourScores, softmaxScores } from './scores.ts';
import { separation, type Separation } from './separation.ts';
import { fitTapScore, meanOfTaps, tapScores } from './tapScores.ts';

/** What a network makes of some samples: logits [N, C] and embeddings [N, D]. */
export interface Seen {
  readonly logits: Matrix;
  readonly features: Matrix;
}

export const OUTSIDE_SCORES = ['softmax', 'energy', 'knn', 'mahalanobis', 'relative'] as const;
export type OutsideScore = (typeof OUTSIDE_SCORES)[number];

export interface OutsideRequest {
  /** Embeddings of training images [N, D], and their classes [N]. */
  readonly train: Matrix;
  readonly labels: Int32Array;
  /** Samples of the classes that were trained, and others. */
  readonly inside: Seen;
  readonly outside: Seen;
  /** Neighbour whose distance counts. 50 for CIFAR-10, 200 for CIFAR-100, 1,000 for ImageNet (Sun et al. 2022). */
  readonly k: number;
}

/** A tap's pooled maps: of training images [N, d], of samples of the trained classes and of others. */
export interface SeenAtTap {
  readonly train: Matrix;
  readonly inside: Matrix;
  readonly outside: Matrix;
}

/** How well taps tell samples of the trained classes from others: the mean of their scores, and each by its name. */
export interface TapNumbers {
  readonly taps: Separation;
  readonly byTap: Named<Separation>;
}

/**
 * How well the taps' scores, and their mean, tell samples of the trained classes from others. `labels` [N] are the training
 * images' classes. Nothing is chosen by the outside samples. Errors: those of `fitTapScore` and `separation`.
 */
export const tapNumbers = async (seen: Named<SeenAtTap>, labels: Int32Array): Promise<TapNumbers> => {
  const scores: Record<string, readonly [own: Float64Array, other: Float64Array]> = {};
  for (const [tap, { train, inside, outside }] of Object.entries(seen)) {
    const score = await fitTapScore(train, labels);
    scores[tap] = [await tapScores(score, inside), await tapScores(score, outside)];
  }
  const all = Object.values(scores);
  return {
    taps: separation(meanOfTaps(all.map(([own]) => own)), meanOfTaps(all.map(([, other]) => other))),
    byTap: mapNamed(scores, ([own, other]) => separation(own, other)),
  };
};

/**
 * How well five scores tell samples of the trained classes from others. Nothing is chosen by the outside samples. Errors: those of the
 * scores.
 */
export const outsideNumbers = async ({
  train,
  labels,
  inside,
  outside,
  k,
}: OutsideRequest): Promise<Record<OutsideScore, Separation>> => {
  const gaussians = await fitGaussians(train, labels);
  const [own, other] = [
    await mahalanobisScores(gaussians, inside.features),
    await mahalanobisScores(gaussians, outside.features),
  ];
  const near = async ({ features }: Seen): Promise<Float64Array> => neighbourScores(train, features, k);
  return {
    softmax: separation(softmaxScores(inside.logits), softmaxScores(outside.logits)),
    energy: separation(energyScores(inside.logits), energyScores(outside.logits)),
    knn: separation(await near(inside), await near(outside)),
    mahalanobis: separation(own.mahalanobis, other.mahalanobis),
    relative: separation(own.relative, other.relative),
  };
};
