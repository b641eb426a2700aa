import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { compileExperiment } from '@understory/config';
import {
  fileError,
  findingText,
  readBlackBox,
  replay,
  type BlackBox,
  type Dataset,
  type Samples,
} from '@understory/core';
import { loadEngine } from '@understory/engine';
import { defaultViews } from '@understory/recipes';
import { blankTeachers, boxInfo, type BoxInfo, openRegistry } from '@understory/runs';

/** The dataset's description without its images: the black box holds those that the step saw. */
const withoutImages = (
  { name, classes, normalization, size }: BoxInfo['dataset'],
  { labels }: BlackBox,
): Dataset => {
  const samples = (of: Int32Array): Samples => ({
    length: of.length,
    size,
    labels: of,
    read: () => Promise.resolve(new Uint8Array()),
    describe: String,
  });
  const none = samples(new Int32Array());
  const train = samples(labels);
  return { name, classes, normalization, train, validation: none, test: none, leftOut: [] };
};

/**
 * `understory replay <black box>`: runs a step that failed op by op and names the first operation that went wrong. It
 * needs the file alone: neither the run's folder nor its images nor its teachers.
 */
export const replayFile = async (file: string): Promise<void> => {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw fileError('read', file, error);
  });
  const box = readBlackBox(new Uint8Array(bytes), file);
  const info = boxInfo(box.description, file);
  await loadEngine();
  const registry = await openRegistry(
    info.config.plugins,
    existsSync(info.folder) ? info.folder : process.cwd(),
  );
  const experiment = await compileExperiment(registry, info.config, {
    dataset: withoutImages(info.dataset, box),
    defaultViews: defaultViews(),
    teacher: blankTeachers(registry, info.teachers, box.teachers),
  });
  const finding = await replay(experiment, box);
  const said = finding
    ? findingText(finding)
    : 'all values are finite when it is run op by op, so the fault lies in how it was compiled. Please report it.';
  process.stdout.write(`Step ${box.step}: ${said}\n`);
};
