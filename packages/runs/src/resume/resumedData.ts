import {
  checkData,
  compareData,
  dataFingerprint,
  inClassOrder,
  UnderstoryError,
  type Dataset,
} from '@understory/core';
import { CLASSES_MOVED } from '../load/compareClasses.ts';
import type { Say } from '../listeners.ts';
import { cameAndWent } from '../run/samplesFile.ts';
import type { Resumption } from './openResume.ts';

/** Where a run of an earlier version kept the names of its classes alone. */
const byClassesAlone = (dataset: Dataset, classes: readonly string[]): void => {
  const gone = classes.find((name) => !dataset.classes.includes(name));
  if (gone === undefined) return;
  throw new UnderstoryError(
    'data-changed',
    `"dataset" has no class "${gone}" any more, which the run was trained on. Put it back, or start a new run without --resume.`,
  );
};

/**
 * The data of a run that goes on, its classes in the run's order. Errors: `data-changed` where it is other data,
 * with the first names that came or went where they are known.
 */
export const resumedData = async (
  dataset: Dataset,
  { run, info, notes }: Resumption,
  say: Say,
): Promise<Dataset> => {
  const { fingerprint: before, classes } = info.dataset;
  const { selectOn } = info.config;
  notes.forEach(say);
  if (before) {
    const after = { ...(await dataFingerprint(dataset)), streams: before.streams };
    const splits = compareData(before, after).splits.map(({ where }) => where);
    const detail = splits.length > 0 ? await cameAndWent(run, dataset, splits) : '';
    checkData(before, after, selectOn, detail);
  } else {
    byClassesAlone(dataset, classes);
    say(
      'The run was begun by an earlier version, which kept no names of its images: whether they are the same is not known.',
    );
  }
  const ordered = inClassOrder(dataset, classes);
  if (ordered !== dataset) say(CLASSES_MOVED);
  return ordered;
};
