import { parseConfig, type ExperimentConfig } from '@understory/config';
import { UnderstoryError, type Dataset, type Normalization } from '@understory/core';
import { openRun, type Run } from '@understory/tracking';
import { runInfoFault } from './runInfoFault.ts';

/** What a run's `config.json` says: enough to build its network again without its dataset. */
export interface RunInfo {
  readonly format: 'understory-run-1';
  readonly config: ExperimentConfig;
  /** Folder from which the config's plugins are found. */
  readonly folder: string;
  readonly dataset: {
    readonly name: string;
    readonly classes: readonly string[];
    readonly normalization: Normalization;
    readonly size: readonly [number, number];
  };
}

/** What a black box says of its run: enough to build its network and its teachers' again without their folders. */
export interface BoxInfo extends RunInfo {
  /** By the name under which the config's objectives name them. */
  readonly teachers: Readonly<Record<string, RunInfo>>;
}

export const boxDescription = (info: RunInfo, teachers: BoxInfo['teachers']): string =>
  JSON.stringify({ ...info, teachers } satisfies BoxInfo);

/** Errors: `black-box` where a program wrote the box that says nothing of its run. */
export const boxInfo = (description: string, file: string): BoxInfo => {
  try {
    const info = JSON.parse(description) as BoxInfo;
    const faults = [info, ...Object.values(info.teachers)].flatMap((one) => runInfoFault(one) ?? []);
    if (faults.length > 0) throw new UnderstoryError('black-box', faults.join('; '));
    return { ...info, config: parseConfig(info.config) };
  } catch (cause) {
    const why = `${file} does not say which run it is of`;
    throw new UnderstoryError(
      'black-box',
      `${why}: only boxes that \`understory train\` wrote can be replayed here. Use replay() of @understory/core.`,
      { cause },
    );
  }
};

export const describeRun = (config: ExperimentConfig, folder: string, dataset: Dataset): RunInfo => ({
  format: 'understory-run-1',
  config,
  folder,
  dataset: {
    name: dataset.name,
    classes: dataset.classes,
    normalization: dataset.normalization,
    size: dataset.train.size,
  },
});

/** Opens a run and reads what it was trained with. */
export const readRun = async (folder: string): Promise<{ readonly run: Run; readonly info: RunInfo }> => {
  const run = await openRun(folder);
  const info = (await run.config()) as Partial<RunInfo> | undefined;
  const file = run.files.config;
  const cure = 'Train again, or use the version that made it.';
  if (info?.format !== 'understory-run-1') {
    throw new UnderstoryError('no-run', `${file} does not describe a run of this version. ${cure}`);
  }
  const fault = runInfoFault(info);
  if (fault !== undefined) throw new UnderstoryError('no-run', `${file} is damaged: ${fault}. ${cure}`);
  return { run, info: { ...info, config: parseConfig(info.config, () => file) } as RunInfo };
};
