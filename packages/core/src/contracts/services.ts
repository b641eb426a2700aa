import { service } from '../plugin.ts';
import type { Seed } from '../random.ts';
import type { DataDescription } from './events.ts';

/** A run's own folder and name. */
export interface RunPlace {
  readonly folder: string;
  readonly name: string;
}

/*
 * What a plugin may be handed beside its options: it names them in `uses`, and the registry hands them over. Each says
 * when it is there.
 */

/** Says a line to whoever runs this. Always there in a run. */
export const LOG = service<(line: string) => void>('log');
/** The run's seed. Always there in a run. */
export const SEED = service<Seed>('seed');
/** What a run trains and is measured on: for evaluators and reporters, which are made after the dataset is opened. */
export const DATA = service<DataDescription>('data');
/** Where a run keeps its files: for reporters. */
export const RUN = service<RunPlace>('run');
