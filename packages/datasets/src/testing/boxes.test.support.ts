import { BOXES, FRAME, type Dataset, type DatasetFactory, type Samples } from '@understory/core';
import { afterAll } from 'vitest';
import { plain } from './pictures.test.support.ts';
import { request } from './temporary.test.support.ts';

/** A grey picture as a JPEG file. */
export const jpeg = (height: number, width: number): Promise<Buffer> =>
  plain([90, 90, 90], height, width).jpeg().toBuffer();

const opened: Dataset[] = [];

/** Opens a dataset that is closed when the test file ends. */
export const openDataset = async (
  factory: DatasetFactory,
  seed = 1,
  progress?: (done: number, total: number, what: string) => void,
): Promise<Dataset> => {
  if (opened.length === 0)
    afterAll(async () => {
      for (const dataset of opened) await dataset.close?.();
    });
  const dataset = await factory(request(seed, progress));
  opened.push(dataset);
  return dataset;
};

const rowsOf = (data: ArrayLike<number>, length: number, each: number): number[][] =>
  Array.from({ length }, (_, i) => Array.from({ length: each }, (__, k) => data[i * each + k]!));

/** Rows of the target `boxes` at a position, without those that are none. */
export const boxesAt = async (samples: Samples, position: number): Promise<number[][]> => {
  const { [BOXES]: boxes } = await samples.readTargets([position]);
  const rows = rowsOf(boxes!.data, boxes!.shape[1]!, boxes!.shape[2]!);
  return rows.filter(([top, left, bottom, right]) => bottom! > top! && right! > left!);
};

export const frameAt = async (samples: Samples, position: number): Promise<number[]> =>
  Array.from((await samples.readTargets([position]))[FRAME]!.data);

/** What samples are called, in order. */
export const namesOf = (samples: Samples): string[] =>
  Array.from({ length: samples.length }, (_, i) => samples.describe(i));

/** Reasons and counts of what is left out. */
export const leftOut = (dataset: Dataset): Record<string, number> =>
  Object.fromEntries(
    dataset.leftOut.map(({ reason, className, count }) => [
      className === undefined ? reason : `${reason} ${className}`,
      count,
    ]),
  );
