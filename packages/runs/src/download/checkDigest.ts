import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { OfficialFile } from '@understory/datasets';

/** How far a file is: `what` is done to `name`. */
export interface FileProgress {
  readonly name: string;
  readonly what: 'fetching' | 'checking' | 'unpacking';
  readonly done: number;
  readonly total: number;
}

const digestOf = async (
  path: string,
  algorithm: OfficialFile['digest']['algorithm'],
  { signal, onBytes }: { readonly signal: AbortSignal; readonly onBytes: (done: number) => void },
): Promise<string> => {
  const hash = createHash(algorithm);
  let done = 0;
  for await (const chunk of createReadStream(path, { signal, highWaterMark: 2 ** 20 })) {
    hash.update(chunk as Uint8Array);
    done += (chunk as Uint8Array).length;
    onBytes(done);
  }
  return hash.digest('hex');
};

/** Whether a file is the official one, by its digest. */
export const isOfficial = async (
  file: OfficialFile,
  at: string,
  {
    signal,
    onProgress,
  }: { readonly signal: AbortSignal; readonly onProgress: (progress: FileProgress) => void },
): Promise<boolean> => {
  const onBytes = (done: number): void =>
    onProgress({ name: file.name, what: 'checking', done, total: file.bytes });
  return (await digestOf(at, file.digest.algorithm, { signal, onBytes })) === file.digest.hex;
};
