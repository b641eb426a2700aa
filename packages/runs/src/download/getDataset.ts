import { mkdir, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { fileError, shownPath, UnderstoryError } from '@understory/core';
import { withLock } from '@understory/core/node';
import { isPrepared, prepareFile, type OfficialDataset, type OfficialFile } from '@understory/datasets';
import { isOfficial } from './checkDigest.ts';
import { fetchFile, isAddress, type FetchOptions } from './fetchFile.ts';

export interface GetRequest extends Omit<FetchOptions, 'folder'> {
  readonly dataset: OfficialDataset;
  /** Made where it is not there. */
  readonly folder: string;
  /** Called once, before the first file is asked for, where something is missing and nothing speaks against it. */
  readonly begins?: () => void;
}

export interface GotDataset {
  readonly dataset: OfficialDataset;
  readonly folder: string;
  /** What a config calls the dataset's `root`. */
  readonly root: string;
  /** Files that were fetched; others were there. */
  readonly fetched: readonly string[];
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(bytes < 1e10 ? 1 : 0)} GB`;

const exists = async (place: string): Promise<boolean> =>
  stat(place).then(
    () => true,
    () => false,
  );

/** Errors: `no-space`. */
export const checkSpace = (needed: number, free: number, folder: string): void => {
  if (free >= needed) return;
  throw new UnderstoryError(
    'no-space',
    `${shownPath(folder)} is on a disk with ${gigabytes(free)} free, and this takes about ${gigabytes(needed)}. Make room, or name a folder on another disk.`,
  );
};

const partSize = async (place: string): Promise<number> =>
  stat(`${place}.part`).then(
    ({ size }) => size,
    () => 0,
  );

/** Bytes that a download still takes; what is unfolded lies beside its archive for a while. */
const bytesNeeded = async (files: readonly OfficialFile[], folder: string): Promise<number> => {
  let [sum, most] = [0, 0];
  for (const { name, bytes, then } of files) {
    const at = path.join(folder, name);
    if (!(await exists(at))) sum += Math.max(0, bytes - (await partSize(at)));
    if (then !== undefined) most = Math.max(most, bytes);
  }
  return sum + most;
};

const unavailable = ({ title, unavailable: why, files }: OfficialDataset, folder: string): UnderstoryError =>
  new UnderstoryError(
    'unavailable',
    `${title} cannot be fetched: ${why}, put them as they are into ${shownPath(folder)} or give their place with --from, and this command checks them: ${files.map(({ name }) => name).join(', ')}.`,
  );

const checkSource = async (from: string | undefined): Promise<void> => {
  if (from === undefined || isAddress(from)) return;
  const info = await stat(from).catch((error: unknown) => {
    throw fileError('read', from, error);
  });
  if (!info.isDirectory())
    throw new UnderstoryError(
      'options',
      `--from is ${shownPath(from)}, a file. Name the folder that it lies in, or an address.`,
    );
};

/** Fetches or checks one file, and does to it what its plugin needs. Gives whether it was fetched. */
const getFile = async (file: OfficialFile, options: FetchOptions): Promise<boolean> => {
  const { folder, signal, onProgress } = options;
  const at = path.join(folder, file.name);
  const isThere = await exists(at);
  if (isThere && !(await isOfficial(file, at, options)))
    throw new UnderstoryError(
      'checksum',
      `${shownPath(at)} is not the file that ${file.digest.from} published: its ${file.digest.algorithm.toUpperCase()} is another. Move it away; the same command fetches it then.`,
    );
  if (!isThere) await fetchFile(file, options);
  await prepareFile(file, folder, {
    signal,
    progress: (done, total) => onProgress({ name: file.name, what: 'unpacking', done, total }),
  });
  return !isThere;
};

const missingFiles = async ({ files }: OfficialDataset, folder: string): Promise<OfficialFile[]> => {
  const states = await Promise.all(files.map((file) => isPrepared(file, folder)));
  return files.filter((_, i) => !states[i]);
};

const getAll = async (dataset: OfficialDataset, request: GetRequest): Promise<string[]> => {
  const { folder, from } = request;
  const missing = await missingFiles(dataset, folder);
  const there = await Promise.all(missing.map(({ name }) => exists(path.join(folder, name))));
  if (dataset.unavailable !== undefined && from === undefined && there.includes(false))
    throw unavailable(dataset, folder);
  const { bavail, bsize } = await statfs(folder);
  checkSpace(await bytesNeeded(missing, folder), bavail * bsize, folder);
  if (missing.length > 0) request.begins?.();
  const fetched: string[] = [];
  for (const file of missing) if (await getFile(file, request)) fetched.push(file.name);
  return fetched;
};

/**
 * Fetches an official dataset into a folder: what is there is checked and kept, what began is gone on with. One process at a
 * time works on a folder. Errors: `unavailable`, `no-space`, `download`, `wrong-size`, `checksum`,
 * `bad-archive`, `write-failed`; an abort as it is.
 */
export const getDataset = async (request: GetRequest): Promise<GotDataset> => {
  const { dataset } = request;
  await checkSource(request.from);
  const folder = path.resolve(request.folder);
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw fileError('write', folder, error);
  });
  const fetched = await withLock(
    path.join(folder, '.data-get.lock'),
    () => getAll(dataset, { ...request, folder }),
    {
      signal: request.signal,
      onWait: once(() => request.say('Another process works in this folder; waiting for it.')),
    },
  );
  return { dataset, folder, root: path.join(request.folder, dataset.root), fetched };
};

const once = (work: () => void): (() => void) => {
  let isDone = false;
  return () => {
    if (!isDone) work();
    isDone = true;
  };
};
