import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { seedOf, type DatasetFactory } from '@understory/core';

/** Something that reads what other people, or a crash, left behind. */
export interface Reader {
  readonly name: string;
  /** Sound inputs, from which others are made; `folder` is the reader's own. */
  samples(folder: string): readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
  /** Reads an input to its end: a value, or an `UnderstoryError`. */
  read(bytes: Uint8Array, folder: string): unknown;
}

/** Height and width of images that are read. */
export const SMALL: [number, number] = [8, 8];

export const put = async (file: string, bytes: Uint8Array): Promise<string> => {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, bytes);
  return file;
};

/** Opens a dataset and reads what it says it has, 16 samples of each split at most, with what is true of them. */
export const openAndRead = async (open: DatasetFactory): Promise<void> => {
  const dataset = await open({ seed: seedOf(0) });
  try {
    for (const split of [dataset.train, dataset.validation, dataset.test]) {
      const positions = Array.from({ length: Math.min(split.length, 16) }, (_, i) => i);
      await split.read(positions);
      await split.readTargets(positions);
    }
  } finally {
    await dataset.close?.();
  }
};
