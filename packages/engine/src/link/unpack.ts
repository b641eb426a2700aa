import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise, type Entry } from 'yauzl';
import { UnderstoryError } from '@understory/core';
import { seldom, type OnProgress } from './progress.ts';
import type { Target } from './target.ts';

// TensorFlow's C API and what it includes; the wheel's other ten thousand headers belong to its C++.
const HEADERS = [
  'tensorflow/c/',
  'tensorflow/core/platform/',
  'tensorflow/core/common_runtime/',
  'tsl/platform/',
  'xla/tsl/c/',
];

/** Where a file of the wheel goes, relative to the engine's folder; null for all that is not needed. */
export const placeOf = (name: string, target: Target): string | null => {
  if (name.endsWith('/')) return null;
  if (target.libraries.some((library) => name === `tensorflow/${library}`))
    return `lib/${path.posix.basename(name)}`;
  const isHeader = HEADERS.some((folder) => name.startsWith(`tensorflow/include/${folder}`));
  return isHeader ? name.slice('tensorflow/'.length) : null;
};

/** The place as a path under `folder`; throws where it would lie outside. */
export const inside = (folder: string, place: string): string => {
  const file = path.resolve(folder, place);
  if (file.startsWith(path.resolve(folder) + path.sep)) return file;
  throw new UnderstoryError(
    'bad-wheel',
    `The wheel holds a file that would leave its folder: ${place}. Nothing was kept.`,
  );
};

export interface UnpackOptions {
  readonly wheel: string;
  readonly into: string;
  readonly target: Target;
  readonly progress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Writes the libraries and headers of a wheel to `into`. */
export const unpack = async ({ wheel, into, target, progress, signal }: UnpackOptions): Promise<void> => {
  const zip = await openPromise(wheel, { autoClose: false });
  const entries: { entry: Entry; file: string }[] = [];
  for await (const entry of zip.eachEntry()) {
    const place = placeOf(entry.fileName, target);
    if (place) entries.push({ entry, file: inside(into, place) });
  }
  const total = entries.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0);
  let done = 0;
  const tell = seldom((detail: string) =>
    progress?.({ stage: 'unpack', done, total, unit: 'bytes', detail }),
  );
  for (const { entry, file } of entries) {
    signal?.throwIfAborted();
    await mkdir(path.dirname(file), { recursive: true });
    const from = await zip.openReadStreamPromise(entry);
    from.on('data', (chunk: Buffer) => {
      done += chunk.length;
      tell(path.basename(file));
    });
    await pipeline(from, createWriteStream(file), { signal });
  }
  zip.close();
};
