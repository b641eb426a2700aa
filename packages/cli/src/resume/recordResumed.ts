import type { ExperimentConfig } from '@understory/config';
import type { Dataset, Training } from '@understory/core';
import { writeAtomic } from '@understory/tracking';
import { describeRun, type Continued, type RunInfo } from '../runInfo.ts';
import { plainChange } from './changes.ts';
import { changeText } from './checkChanges.ts';
import type { Resumption } from './openResume.ts';
import { keepNames } from './samplesFile.ts';

/** The run's description as it is from here on. */
const renewed = (
  info: RunInfo,
  config: ExperimentConfig,
  { dataset, continued, training }: { dataset: Dataset; continued: Continued; training: Training },
): RunInfo => {
  const changed = continued.changes.length + continued.data.length > 0;
  return {
    ...info,
    ...(continued.changes.length > 0 && { config }),
    dataset: describeRun(config, info.folder, dataset, training.data).dataset,
    ...(changed && { history: [...(info.history ?? []), continued] }),
  };
};

/**
 * Writes into a run's folder what changes from here on, with step and time, and says it. A run that goes on as it was
 * leaves its folder untouched. Errors: `write-failed`.
 */
export const recordResumed = async (
  { run, info, changes }: Resumption,
  config: ExperimentConfig,
  { dataset, training, say }: { dataset: Dataset; training: Training; say: (line: string) => void },
): Promise<void> => {
  const { step, changed: data } = training;
  if (changes.length > 0) say(`Changed from step ${step} on: ${changes.map(changeText).join(', ')}.`);
  if (changes.length + data.length === 0 && info.dataset.fingerprint) return;
  const time = new Date().toISOString();
  const continued = { time, step, changes: changes.map(plainChange), data };
  const next = renewed(info, config, { dataset, continued, training });
  await writeAtomic(run.files.config, `${JSON.stringify(next, null, 2)}\n`);
  await keepNames(run, dataset);
};
