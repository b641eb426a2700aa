import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Calibration, OpenedExport, RecordedGraph } from '@understory/core';
import { savedModel, savedSignature } from '../savedModel/savedModel.ts';

/** Runs a graph while `use` lasts, in what runs a calibration's images. */
export const withOpened = async <T>(
  graph: RecordedGraph,
  { savedModel: open }: Pick<Calibration, 'savedModel'>,
  use: (opened: OpenedExport) => Promise<T>,
): Promise<T> => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'understory-calibrate-'));
  try {
    const bytes = savedModel(graph, 'float32');
    await writeFile(path.join(folder, 'saved_model.pb'), bytes);
    const opened = await open(folder, savedSignature(bytes, folder));
    try {
      return await use(opened);
    } finally {
      await opened.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
