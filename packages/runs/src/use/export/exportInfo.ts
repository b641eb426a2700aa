import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileError, isSystemFault, UnderstoryError, type Exported, type Spec } from '@understory/core';
import { writeAtomic } from '@understory/tracking/node';
import { runInfoFault } from '../../run/runInfoFault.ts';
import type { RunInfo } from '../../run/runInfo.ts';

/** What `export.json` beside an exported file says: all that a program needs to use it. */
export interface ExportInfo {
  readonly format: 'understory-export-1';
  /** The export format, with its options. */
  readonly written: Spec;
  /** Names of the files beside it; the one that is opened comes first. */
  readonly files: readonly string[];
  readonly outputs: readonly string[];
  /** The run that it is of: its task, its classes, and how its pictures become images. */
  readonly run: Pick<RunInfo, 'config' | 'folder' | 'dataset'>;
}

const NAME = 'export.json';

export const writeExportInfo = async (
  folder: string,
  written: Spec,
  { files, outputs = [] }: Exported,
  { config, folder: from, dataset }: RunInfo,
): Promise<string> => {
  const info: ExportInfo = {
    ...{ format: 'understory-export-1', written, outputs },
    files: files.map((file) => path.basename(file)),
    run: { config, folder: from, dataset },
  };
  const file = path.join(folder, NAME);
  await writeAtomic(file, `${JSON.stringify(info, null, 2)}\n`);
  return file;
};

const isPlainName = (name: unknown): boolean =>
  typeof name === 'string' && name === path.basename(name) && !['', '.', '..'].includes(name);

const faultOf = (info: Partial<ExportInfo> | null): string | undefined => {
  if (info?.format !== 'understory-export-1') return 'it does not describe an export of this version';
  if (!Array.isArray(info.files) || info.files.length === 0 || !info.files.every(isPlainName))
    return 'its "files" are no names of files beside it';
  if (!Array.isArray(info.outputs) || info.outputs.some((name) => typeof name !== 'string'))
    return 'its "outputs" are no names';
  const name = Array.isArray(info.written) ? (info.written as readonly unknown[])[0] : info.written;
  if (typeof name !== 'string') return 'its "written" names no export format';
  return runInfoFault({ format: 'understory-run-1', ...info.run });
};

/** What an exported folder says of itself; undefined where it says nothing. Errors: `bad-model`, `read-failed`. */
export const readExportInfo = async (folder: string): Promise<ExportInfo | undefined> => {
  const file = path.join(folder, NAME);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (isSystemFault(error) && error.code === 'ENOENT') return undefined;
    throw isSystemFault(error) ? fileError('read', file, error) : error;
  });
  if (text === undefined) return undefined;
  const bad = (why: string, cause?: unknown): UnderstoryError =>
    new UnderstoryError('bad-model', `${file} is damaged: ${why}. Export the run again.`, { cause });
  let info: ExportInfo;
  try {
    info = JSON.parse(text) as ExportInfo;
  } catch (cause) {
    throw bad('it is not JSON', cause);
  }
  const fault = faultOf(info);
  if (fault !== undefined) throw bad(fault);
  return info;
};

/** Paths of the files that an export in a folder says are its own; none where nothing sound says so. */
export const earlierFiles = async (folder: string): Promise<readonly string[]> => {
  try {
    return ((await readExportInfo(folder))?.files ?? []).map((name) => path.join(folder, name));
  } catch (error) {
    if (error instanceof UnderstoryError && error.code === 'bad-model') return []; // whose they are is not known
    throw error;
  }
};

/** Removes those of an earlier export's files that were not written again, and gives them. */
export const removeStale = async (
  earlier: readonly string[],
  { files }: Exported,
): Promise<readonly string[]> => {
  const written = new Set(files.map((file) => path.resolve(file)));
  const stale = earlier.filter((file) => !written.has(path.resolve(file)) && existsSync(file));
  await Promise.all(stale.map((file) => rm(file)));
  return stale;
};
