import type { ExperimentConfig } from '@understory/config';
import type { Dataset, Training } from '@understory/core';
import { writeAtomic } from '@understory/tracking/node';
import type { Say } from '../listeners.ts';
import { describeRun, placed, type Continued, type RunInfo } from '../run/runInfo.ts';
import { plainChange } from './changes.ts';
import { changeText } from './checkChanges.ts';
import type { Resumption } from './openResume.ts';
import { keepNames } from '../run/samplesFile.ts';

interface Now {
  readonly config: ExperimentConfig;
  /** Where the config's relative paths count from. */
  readonly folder: string;
  readonly dataset: Dataset;
  readonly training: Training;
}

/** The run's description as it is from here on. */
const renewed = (
  { run, info }: Pick<Resumption, 'run' | 'info'>,
  { config, folder, dataset, training }: Now,
  continued: Continued,
): RunInfo => {
  const changed = continued.changes.length + continued.data.length > 0;
  return {
    ...placed(describeRun(config, folder, dataset, training.data), run.folder),
    ...(info.made && { made: info.made }),
    ...(info.history && { history: info.history }),
    ...(changed && { history: [...(info.history ?? []), continued] }),
  };
};

/**
 * Writes into a run's folder what changes from here on, with step and time, and says it. A run that goes on as it was
 * leaves its folder untouched. Errors: `write-failed`.
 */
export const recordResumed = async (
  { run, info, changes }: Resumption,
  now: Now,
  say: Say,
): Promise<void> => {
  const { step, changed: data } = now.training;
  if (changes.length > 0) say(`Changed from step ${step} on: ${changes.map(changeText).join(', ')}.`);
  // The same config may be written in another way, or name the data by another path.
  const asWritten = JSON.stringify(info.config) === JSON.stringify(now.config);
  if (asWritten && data.length === 0 && info.dataset.fingerprint) return;
  const continued = { time: new Date().toISOString(), step, changes: changes.map(plainChange), data };
  await writeAtomic(run.files.config, `${JSON.stringify(renewed({ run, info }, now, continued), null, 2)}\n`);
  await keepNames(run, now.dataset);
};
