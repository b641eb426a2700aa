import { open, stat } from 'node:fs/promises';
import { badDataset, unopened } from '../errors.ts';
import { HEAD, type FileSource } from './fileSource.ts';
import { folderSource, singleFile } from './folderSource.ts';
import { unsupportedSource } from './unsupportedSource.ts';
import { BLOCK, isZeroBlock, tarHeader } from './tarHeader.ts';
import { tarSource } from './tarSource.ts';
import type { Links } from './walk.ts';

const headOf = async (path: string): Promise<Uint8Array> => {
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw unopened(path, error);
  });
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(HEAD), 0, HEAD, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
};

interface OpenOptions {
  readonly links: Links;
  /** Whether a file is one of the dataset itself, by its first bytes, and no archive. */
  readonly alone: (head: Uint8Array) => boolean;
}

/** Opens what a file is by its first bytes, whatever its name says. */
const openFile = async (path: string, { links, alone }: OpenOptions): Promise<FileSource> => {
  const head = await headOf(path);
  if (alone(head)) return singleFile(path);
  if (head[0] === 0x50 && head[1] === 0x4b) {
    const { zipSource } = await import('./zipSource.ts');
    return zipSource(path, links);
  }
  const isTar = head.length === BLOCK && (isZeroBlock(head) || tarHeader(head) !== undefined);
  const unsupported = isTar || (head[0] === 0x1f && head[1] === 0x8b) ? undefined : unsupportedSource(head);
  if (unsupported) throw badDataset(path, unsupported);
  return tarSource(path, links);
};

/** Opens a folder, a tar, a tar.gz, a zip, or one file of a kind that is a dataset `alone`. Errors: `bad-dataset`, `bad-archive`. */
export const openSource = async (
  path: string,
  links: Links = 'follow',
  alone: OpenOptions['alone'] = () => false,
): Promise<FileSource> => {
  const info = await stat(path).catch((error: unknown) => {
    throw unopened(path, error);
  });
  if (info.isDirectory()) return folderSource(path, links);
  if (!info.isFile()) throw badDataset(path, 'it is a device or pipe');
  return openFile(path, { links, alone });
};
