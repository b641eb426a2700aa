import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Entry, ZipFile } from 'yauzl';
import { UnderstoryError } from '@understory/core';
import { errnoOf } from '@understory/core/node';
import { seldom, type OnProgress } from './progress.ts';
import type { Target } from './target.ts';

// TensorFlow's C API and what it includes; the wheel's other ten thousand headers belong to its C++.
const HEADERS = [
  ...['tensorflow/c/', 'tensorflow/core/platform/', 'tensorflow/core/common_runtime/'],
  ...['tsl/platform/', 'xla/tsl/c/'],
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
  throw badWheel(`it holds a file that would leave its folder, ${place}`);
};

const badWheel = (why: string, cause?: unknown): UnderstoryError =>
  new UnderstoryError(
    'bad-wheel',
    `The wheel that pip fetched is not whole: ${why}. Nothing of it was kept; run \`understory engine install\` again.`,
    { cause },
  );

export interface UnpackOptions {
  readonly wheel: string;
  readonly into: string;
  readonly target: Target;
  readonly progress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Opens a wheel for `fn` and closes it; what is wrong with the archive becomes `bad-wheel`. */
export const withWheel = async <T>(
  wheel: string,
  fn: (zip: ZipFile, entries: Entry[]) => Promise<T>,
): Promise<T> => {
  const { openPromise } = await import('yauzl');
  let zip: ZipFile | undefined;
  try {
    zip = await openPromise(wheel, { autoClose: false });
    const entries: Entry[] = [];
    for await (const entry of zip.eachEntry()) entries.push(entry);
    return await fn(zip, entries);
  } catch (error) {
    const ours = error instanceof UnderstoryError || (error instanceof Error && error.name === 'AbortError');
    const code = errnoOf(error);
    if (ours || (code !== undefined && !code.startsWith('Z_'))) throw error;
    throw badWheel(error instanceof Error ? error.message : String(error), error);
  } finally {
    zip?.close();
  }
};

export type Placer = (name: string, target: Target) => string | null;

/** Writes the files of a wheel that have a place to `into`. */
export const unpackWith = (
  placer: Placer,
  { wheel, into, target, progress, signal }: UnpackOptions,
): Promise<string[]> =>
  withWheel(wheel, async (zip, entries) => {
    const files = entries.flatMap((entry) => {
      const place = placer(entry.fileName, target);
      return place === null ? [] : [{ entry, file: inside(into, place) }];
    });
    const total = files.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0);
    let done = 0;
    const tell = seldom((detail: string) =>
      progress?.({ stage: 'unpack', done, total, unit: 'bytes', detail }),
    );
    for (const { entry, file } of files) {
      signal?.throwIfAborted();
      await mkdir(path.dirname(file), { recursive: true });
      const from = await zip.openReadStreamPromise(entry);
      from.on('data', (chunk: Buffer) => {
        done += chunk.length;
        tell(path.basename(file));
      });
      const mode = (entry.externalFileAttributes >>> 16) & 0o100 ? 0o755 : 0o644;
      await pipeline(from, createWriteStream(file, { mode }), { signal });
    }
    return files.map(({ file }) => file);
  });

/** Writes the libraries and headers of TensorFlow's wheel to `into`; throws `bad-wheel` where a library is missing. */
export const unpack = async (options: UnpackOptions): Promise<void> => {
  const names = (await unpackWith(placeOf, options)).map((file) => path.basename(file));
  const missing = options.target.libraries.filter((library) => !names.includes(library));
  if (missing.length > 0) throw badWheel(`it lacks ${missing.join(' and ')}`);
};
