import { type ExperimentConfig } from '@understory/config';
import {
  UnderstoryError,
  type DataFingerprint,
  type DoneEvent,
  type EpochEvent,
  type Runner,
  type StartEvent,
} from '@understory/core';
import { listRuns, readMetrics, type MetricsLine } from '@understory/tracking/node';
import { openResume } from '../resume/openResume.ts';
import { runExperiment, type RunRequest } from './runExperiment.ts';
import { settlePrecision } from '../precision/settlePrecision.ts';
import { precisionAsBegun, type SettledConfig, type SettledEngine } from '../precision/settled.ts';
import { readRun, type RunInfo } from './runInfo.ts';
import { sameSettings, settingsOf } from './settings.ts';

/** A run that has ended, as its folder tells it. */
export interface EndedRun {
  readonly info: RunInfo;
  readonly start: StartEvent;
  readonly epochs: readonly EpochEvent[];
  readonly done: DoneEvent & Required<Pick<DoneEvent, 'result'>>;
}

/** The last word on each epoch: a run that went on may have trained one twice. */
export const epochsOf = (lines: readonly MetricsLine[]): EpochEvent[] => {
  const epochs = new Map(lines.flatMap((line) => (line.type === 'epoch' ? [[line.epoch, line]] : [])));
  return [...epochs.values()].sort((a, b) => a.epoch - b.epoch);
};

/** What tells a split's images from others. */
export const splitId = ({ count, ordered }: DataFingerprint['splits']['test']): string =>
  `${count}-${ordered}`;

/** What a run's files say of its end; undefined where it has not ended. */
export const endOf = async (folder: string): Promise<EndedRun | undefined> => {
  const { run, info } = await readRun(folder);
  const lines = await readMetrics(run.files.metrics);
  const start = lines.find((l) => l.type === 'start');
  const done = lines.findLast((l) => l.type === 'done');
  return (
    start && done?.result && { info, start, epochs: epochsOf(lines), done: { ...done, result: done.result } }
  );
};

/** The folder of the run of this config, if it was begun before. Throws where it was begun with other settings. */
export const begunRun = async (runs: string, config: ExperimentConfig): Promise<string | undefined> => {
  const found = (await listRuns(runs)).find((run) => run.name === config.name);
  if (!found) return undefined;
  const { info } = await readRun(found.folder);
  if (sameSettings(settingsOf(info.config), settingsOf(precisionAsBegun(config, info.config))))
    return found.folder;
  throw new UnderstoryError(
    'other-settings',
    `${found.folder} was trained with other settings than those asked for. Delete it, or give --runs another folder.`,
  );
};

/** Of a run that goes on: the precision that it was begun with, where the config leaves it open. Errors: as `readRun`'s. */
export const settleAsBegun = async (config: ExperimentConfig, folder: string): Promise<SettledConfig> =>
  precisionAsBegun(config, config.engine.precision === 'auto' ? (await readRun(folder)).info.config : config);

export interface ContinuedRequest extends Omit<RunRequest, 'runner' | 'resume'> {
  /** The run has a runner of its own, and gives its memory back. */
  readonly openRunner: OpenRunner;
}

/** Opens a runner for what a config says of the engine. */
export type OpenRunner = (engine: SettledEngine) => Promise<Runner>;

/** Trains a config; its run of before is gone on with, where there is one. Gives the run's folder. */
export const continueRun = async (
  { openRunner, ...request }: ContinuedRequest,
  begun?: string,
): Promise<string> => {
  const { registry } = request;
  const config =
    begun === undefined ? await settlePrecision(request) : await settleAsBegun(request.config, begun);
  const resume = begun === undefined ? {} : { resume: await openResume(registry, { folder: begun, config }) };
  const runner = await openRunner(config.engine);
  try {
    const { run, experiment, training } = await runExperiment({ ...request, ...resume, config, runner });
    training.dispose();
    await experiment.dataset.close?.();
    return run.folder;
  } finally {
    runner.dispose();
  }
};
