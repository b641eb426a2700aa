import type { Named } from '../named.ts';
import { service } from '../plugin.ts';
import type { NdArray } from './arrays.ts';
import type { Seed } from '../random.ts';
import type { DataDescription } from './events.ts';

/** A run's own folder and name. */
export interface RunPlace {
  readonly folder: string;
  readonly name: string;
}

/** Some images, and what each stage of the network makes of them. */
export interface StageFeatures {
  /** RGB 0…255 [height, width, 3] each. */
  readonly images: readonly NdArray[];
  /** Their maps averaged over places, by tap, shallow to deep: [N, channels]. */
  readonly taps: Named<NdArray>;
  /** Names of their classes, where they have one each. */
  readonly classes?: readonly string[];
}

/**
 * What may be looked at of the training that a reporter hears of, while it is told of an event: no step runs then. Nothing that is
 * looked at changes, and the run's draws stay as they are.
 */
export interface Insight {
  /** Trained weights by their names in checkpoints, those of heads too. */
  readonly weights: () => Promise<Named<NdArray>>;
  /** Gradients of the whole loss at the present weights, by the names of the weights that learn: of a batch that is the same at every look. */
  readonly gradients: () => Promise<Named<NdArray>>;
  /** As many training images as are asked for, always the same ones, in each view, as an epoch's step draws it: RGB 0…255 [N, height, width, 3]. */
  readonly views: (epoch: number, images: number) => Promise<readonly NdArray[]>;
  /** Of as many images as are asked for, always the same ones, of the validation split, or the test split where that is empty. */
  readonly features: (images: number) => Promise<StageFeatures>;
}

/*
 * What a plugin may be handed beside its options: it names them in `uses`, and the registry hands them over. Each says
 * when it is there.
 */

/** Where a path lies that a config's plugin is given: relative ones count from the config's folder, without a config from the current one. */
export const PLACE = service<(written: string) => string>('place', (written) => written);
/** Says a line to whoever runs this. Always there in a run. */
export const LOG = service<(line: string) => void>('log');
/** The run's seed. Always there in a run. */
export const SEED = service<Seed>('seed');
/** What a run trains and is measured on: for evaluators and reporters, which are made after the dataset is opened. */
export const DATA = service<DataDescription>('data');
/** Where a run keeps its files: for reporters. */
export const RUN = service<RunPlace>('run');
/** A look into the training under way: for reporters. */
export const INSIGHT = service<Insight>('insight');
