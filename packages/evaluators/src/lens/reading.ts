import { namedClass } from '@understory/core';
import { nearest } from '../knn/nearest.ts';
import { logVotes } from '../knn/votes.ts';
import type { Matrix } from '../matrix.ts';
import { fitProbe } from '../probe/fitProbe.ts';
import { probeLogits } from '../probe/probeLogits.ts';

/** Embeddings of images with their classes. */
export interface Labelled {
  readonly features: Matrix;
  /** [n] */
  readonly labels: Int32Array;
}

/** What is read from, by what, and how many classes there are. */
export interface Reading {
  readonly bank: Labelled;
  readonly asked: Labelled;
  readonly classes: number;
}

const accuracy = (logits: Float64Array, labels: Int32Array, classes: number): number => {
  const right = labels.filter((y, i) => namedClass(logits.subarray(i * classes, (i + 1) * classes)) === y);
  return right.length / labels.length;
};

const VOTES = { neighbours: 20, temperature: 0.07 };

/** Accuracy of the weighted votes of the 20 nearest images of the bank (Wu et al. 2018). */
export const neighbourAccuracy = async ({ bank, asked, classes }: Reading): Promise<number> => {
  const k = Math.min(VOTES.neighbours, bank.features.rows);
  const found = await nearest(bank.features, asked.features, k);
  const votes = logVotes(found, bank.labels, { temperature: VOTES.temperature, classes });
  return accuracy(votes, asked.labels, classes);
};

/** A look need not find the last digit of the optimum: accuracy stands still long before. */
const PROBE = { tolerance: 1e-3, steps: 200 };

/** Accuracy of a linear classifier that learned from the bank. */
export const probeAccuracy = async ({ bank, asked, classes }: Reading): Promise<number> => {
  const probe = await fitProbe(bank.features, bank.labels, classes, PROBE);
  return accuracy(await probeLogits(probe, asked.features), asked.labels, classes);
};
