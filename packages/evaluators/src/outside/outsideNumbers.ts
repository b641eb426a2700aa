import type { Matrix } from '../matrix.ts';
import { fitGaussians, mahalanobisScores } from './mahalanobis.ts';
import { energyScores, neighbourScores, softmaxScores } from './scores.ts';
import { separation, type Separation } from './separation.ts';

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
