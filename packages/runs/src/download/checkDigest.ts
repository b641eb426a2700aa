import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Digest } from '@understory/datasets';

/** The digest of a file, hexadecimal. */
export const digestOf = async (
  path: string,
  algorithm: Digest['algorithm'],
  { signal, onBytes }: { readonly signal: AbortSignal; readonly onBytes?: (done: number) => void },
): Promise<string> => {
  const hash = createHash(algorithm);
  let done = 0;
  for await (const chunk of createReadStream(path, { signal, highWaterMark: 2 ** 20 })) {
    hash.update(chunk as Uint8Array);
    done += (chunk as Uint8Array).length;
    onBytes?.(done);
  }
  return hash.digest('hex');
};
