import type { Point } from './space.ts';

/** A trial's run with one seed. */
export interface TrialRun {
  /** Of its folder. */
  readonly name: string;
  readonly seed: number;
  /** The measure on validation images after each epoch. */
  readonly curve: readonly number[];
  /** The measure on validation images of the weights that count; absent of a run that was stopped. */
  readonly value?: number;
  /** On test images, where these were asked for. */
  readonly test?: number;
  /** Epochs that it was to have. */
  readonly epochs: number;
  readonly seconds: number;
  /** What tells its validation images from others. */
  readonly measured: string;
}

/**
 * How far a trial is: under way; at its end, with every seed; ended by the rule that stops bad runs, with the seeds after that
 * one untrained; or ended by an error.
 */
export type TrialState = 'begun' | 'ended' | 'stopped' | 'failed';

/** A combination of values, and what came of it. */
export interface Trial {
  readonly values: Point;
  readonly state: TrialState;
  /** One a seed, in their order. */
  readonly runs: readonly TrialRun[];
  /** Why it failed. */
  readonly reason?: string;
}

/** How trials are called, from 1 on. */
export const trialName = (index: number): string => `trial-${String(index + 1).padStart(3, '0')}`;

export type Goal = 'max' | 'min';

/** By what trials are measured. */
export interface Measuring {
  /** A number of a metric, or of an evaluator. */
  readonly measure: string;
  readonly goal: Goal;
  /** Whether the weights after the last epoch count, or the best ones. */
  readonly at: 'last' | 'best';
}

/** 1 where more is better, −1 where less is. */
export const signOf = ({ goal }: Pick<Measuring, 'goal'>): 1 | -1 => (goal === 'max' ? 1 : -1);
