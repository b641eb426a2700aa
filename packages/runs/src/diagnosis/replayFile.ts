import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { buildExperiment } from '@understory/config';
import {
  fileError,
  readBlackBox,
  pickSamples,
  replay,
  standIns,
  type BlackBox,
  type Dataset,
  type Finding,
} from '@understory/core';
import { defaultViews } from '@understory/recipes/experiments';
import { readyEngine } from '../load/readyEngine.ts';
import { blankTeachers } from '../load/loadTeacher.ts';
import { boxInfo, type BoxInfo } from '../run/runInfo.ts';
import { openRegistry } from '../session.ts';

/** The dataset's description without its images: the black box holds those that the step saw. */
const withoutImages = (
  { name, classes, normalization, size }: BoxInfo['dataset'],
  box: BlackBox,
): Dataset => {
  const train = standIns(box, size);
  const none = pickSamples(train, new Int32Array());
  return { name, classes, normalization, train, validation: none, test: none, leftOut: [] };
};

/** What a step that failed did when it was run again. */
export interface Replayed {
  readonly step: number;
  /** The first operation that went wrong; undefined where none did op by op. */
  readonly finding: Finding | undefined;
}

/**
 * Runs a step that failed op by op and finds the first operation that went wrong. It needs the black box alone: neither
 * the run's folder nor its images nor its teachers. Errors: `no-file`, `black-box`.
 */
export const replayFile = async (file: string): Promise<Replayed> => {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw fileError('read', file, error);
  });
  const box = readBlackBox(new Uint8Array(bytes), file);
  const info = boxInfo(box.description, file);
  await readyEngine();
  const { config, folder } = info;
  const registry = await openRegistry(config.plugins, existsSync(folder) ? folder : process.cwd());
  const experiment = await buildExperiment(registry, config, {
    dataset: withoutImages(info.dataset, box),
    defaultViews: defaultViews(),
    teacher: blankTeachers(registry, info.teachers, box.teachers),
  });
  return { step: box.step, finding: await replay(experiment, box) };
};
