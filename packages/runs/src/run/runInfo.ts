import { stat } from 'node:fs/promises';
import path from 'node:path';
import { parseConfig, type ExperimentConfig } from '@understory/config';
import {
  UnderstoryError,
  type DataFingerprint,
  type Dataset,
  type Fit,
  type Normalization,
  type Preprocessing,
  type Targets,
} from '@understory/core';
import { openRun, type Run } from '@understory/tracking/node';
import type { Change } from '../resume/rules.ts';
import type { Provenance } from './provenance.ts';
import { runInfoFault } from './runInfoFault.ts';

/** What a run's `config.json` says: enough to build its network again without its dataset. */
export interface RunInfo {
  readonly format: 'understory-run-1';
  readonly config: ExperimentConfig;
  /** Folder from which the config's plugins and data are found. */
  readonly folder: string;
  /** The way there from the run's own folder, for a project that was moved; absent in runs of earlier versions. */
  readonly fromRun?: string;
  readonly dataset: {
    readonly name: string;
    readonly classes: readonly string[];
    readonly normalization: Normalization;
    readonly size: readonly [number, number];
    /** How pictures come to that size; `cover` in runs of earlier versions. */
    readonly fit?: Fit;
    /** Where each picture has a scale of its own: how large its sides become. */
    readonly sides?: NonNullable<Dataset['sides']>;
    /** Sizes of the images that its batches had, where there are several. */
    readonly canvases?: NonNullable<Dataset['train']['canvases']>['sizes'];
    /** Numbers of the classes in the dataset's own files, by name, where it has some. */
    readonly ids?: Readonly<Record<string, number>>;
    /** What is known of its samples; one class each in runs of earlier versions. */
    readonly targets?: Targets;
    /** What it trained on; absent in runs of earlier versions, as are the next two. */
    readonly fingerprint?: DataFingerprint;
    readonly leftOut?: Dataset['leftOut'];
    readonly origins?: Dataset['origins'];
  };
  /** What made it; absent in runs of earlier versions. */
  readonly made?: Provenance;
  /** What changed each time that the run went on. */
  readonly history?: readonly Continued[];
}

/** What becomes of stored images before a run's network looks at them. */
export const preprocessingOf = ({ config, dataset }: Pick<RunInfo, 'config' | 'dataset'>): Preprocessing => ({
  normalization: dataset.normalization,
  crop: config.inferenceCrop,
});

/** A time at which a run went on otherwise than it was begun. */
export interface Continued {
  /** ISO 8601. */
  readonly time: string;
  readonly step: number;
  readonly changes: readonly Change[];
  /** Of the data, in words. */
  readonly data: readonly string[];
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

/** With a fingerprint, what is kept in the run's folder; without one, what a black box says. */
export const describeRun = (
  config: ExperimentConfig,
  folder: string,
  dataset: Dataset,
  fingerprint?: DataFingerprint,
): RunInfo => ({
  format: 'understory-run-1',
  config,
  folder,
  dataset: {
    name: dataset.name,
    classes: dataset.classes,
    normalization: dataset.normalization,
    size: dataset.train.size,
    ...(dataset.fit && { fit: dataset.fit }),
    ...(dataset.sides && { sides: dataset.sides }),
    ...(dataset.train.canvases && { canvases: dataset.train.canvases.sizes }),
    ...(dataset.ids && { ids: dataset.ids }),
    targets: dataset.train.targets,
    ...(fingerprint && { fingerprint, leftOut: dataset.leftOut, origins: dataset.origins ?? {} }),
  },
});

/** A run's description with the way from its own folder to that of its config. */
export const placed = (info: RunInfo, run: string): RunInfo => ({
  ...info,
  fromRun: path.relative(run, info.folder),
});

const isFolder = (place: string): Promise<boolean> =>
  stat(place).then(
    (found) => found.isDirectory(),
    () => false,
  );

/** The folder of a run's config: where it was, or where it is now that the project was moved. */
const folderOf = async ({ folder, fromRun }: RunInfo, run: string): Promise<string> => {
  if (fromRun === undefined || (await isFolder(folder))) return folder;
  const moved = path.resolve(run, fromRun);
  return (await isFolder(moved)) ? moved : folder;
};

/** Opens a run and reads what it was trained with. Errors: `no-run`, `bad-config`, `options`. */
export const readRun = async (folder: string): Promise<{ readonly run: Run; readonly info: RunInfo }> => {
  const run = await openRun(folder);
  const info = (await run.config()) as Partial<RunInfo> | undefined;
  const file = run.files.config;
  const cure = 'Put it back, train again, or use the version that made it.';
  if (info?.format !== 'understory-run-1') {
    const what = info === undefined ? 'is missing' : 'does not describe a run of this version';
    throw new UnderstoryError('no-run', `${file} ${what}. ${cure}`);
  }
  const fault = runInfoFault(info);
  if (fault !== undefined) throw new UnderstoryError('no-run', `${file} is damaged: ${fault}. ${cure}`);
  const read = { ...info, config: parseConfig(info.config, () => file) } as RunInfo;
  return { run, info: { ...read, folder: await folderOf(read, run.folder) } };
};
