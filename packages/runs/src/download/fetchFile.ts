import { createReadStream } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileError, shownPath, UnderstoryError } from '@understory/core';
import type { OfficialFile } from '@understory/datasets';
import type { Say } from '../listeners.ts';
import { isOfficial, type FileProgress } from './checkDigest.ts';
import { appendTo, dropPart, notePart, openPart, validatorOf } from './partFile.ts';
import { badAnswer, connectionFault } from './failures.ts';
import { request, type Answer } from './request.ts';

export interface FetchOptions {
  /** Where it lies in the end. */
  readonly folder: string;
  /** A base address, or a folder, in place of the file's own address. */
  readonly from?: string | undefined;
  readonly signal: AbortSignal;
  readonly say: Say;
  readonly onProgress: (progress: FileProgress) => void;
  /** A connection on which nothing moves for so long is cut, in ms; 60 s where nothing is said. */
  readonly stall?: number;
  /** Before the first new try, in ms; doubled each time. 1 s where nothing is said. */
  readonly wait?: number;
}

const TRIES = 5;
/** So many more bytes begin the count of tries anew. */
const PROGRESS = 2 ** 20;

export const isAddress = (from: string): boolean => /^https?:\/\//i.test(from);

const addressOf = ({ name, url }: OfficialFile, from: string | undefined): string =>
  from === undefined ? url : `${from.replace(/\/+$/, '')}/${encodeURIComponent(name)}`;

/** Whether an answer goes on where the part ends; a whole file begins anew. */
const startOf = ({ status, headers }: Answer, { size }: { readonly size: number }): number => {
  const [, from] = /^bytes (\d+)-/.exec(headers['content-range'] ?? '') ?? [];
  return status === 206 && Number(from) === size ? size : 0;
};

/** One connection. Gives how many bytes lie there when it ended. */
const fetchOnce = async (file: OfficialFile, part: string, options: FetchOptions): Promise<number> => {
  const { signal, say, onProgress, stall = 60_000 } = options;
  const address = addressOf(file, options.from);
  const have = await openPart(part, file.bytes);
  if (have.size === file.bytes) return have.size;
  const headers: Record<string, string> =
    have.size > 0
      ? { range: `bytes=${have.size}-`, ...(have.validator !== undefined && { 'if-range': have.validator }) }
      : {};
  const answer = await request(address, { headers, signal, stall });
  try {
    if (answer.status === 416) {
      await dropPart(part);
      return 0;
    }
    if (answer.status !== 200 && answer.status !== 206) throw badAnswer(address, answer.status);
    const from = startOf(answer, have);
    if (answer.status === 206 && from !== have.size) throw badAnswer(address, 206);
    if (have.size > 0 && from === 0)
      say(
        `${file.name}: the server gives it from its beginning only, or it was changed there; starting anew.`,
      );
    const length = answer.headers['content-length'];
    if (length !== undefined && from + Number(length) !== file.bytes)
      throw new UnderstoryError(
        'wrong-size',
        `${shownPath(address)} has ${from + Number(length)} bytes, and ${file.name} has ${file.bytes}: it is another file, or a page that asks to sign in. Give another place with --from.`,
      );
    await notePart(part, validatorOf(answer));
    return await appendTo(part, from, answer.body, {
      most: file.bytes,
      onBytes: (done) => onProgress({ name: file.name, what: 'fetching', done, total: file.bytes }),
    });
  } finally {
    answer.body.destroy();
  }
};

/** Fetches until all bytes are there, over as many connections as that takes. */
const fetchAll = async (file: OfficialFile, part: string, options: FetchOptions): Promise<void> => {
  const { signal, say, wait = 1000 } = options;
  let [tries, best] = [0, (await openPart(part, file.bytes)).size];
  for (;;) {
    let reason = 'the connection ended early';
    try {
      const size = await fetchOnce(file, part, options);
      if (size === file.bytes) return;
      if (size > file.bytes) {
        await dropPart(part);
        throw new UnderstoryError(
          'wrong-size',
          `${shownPath(addressOf(file, options.from))} gives more than the ${file.bytes} bytes of ${file.name}: it is another file. Give another place with --from.`,
        );
      }
    } catch (error) {
      signal.throwIfAborted();
      reason = connectionFault(error, addressOf(file, options.from));
    }
    const { size } = await openPart(part, file.bytes);
    if (size >= best + PROGRESS) tries = 0;
    best = Math.max(best, size);
    if (++tries >= TRIES)
      throw new UnderstoryError(
        'download',
        `${file.name} cannot be fetched: ${reason}, ${TRIES} times without progress. What came is kept: the same command goes on. Another place is given with --from.`,
      );
    say(`${file.name}: ${reason}; trying again (${tries} of ${TRIES - 1}).`);
    await sleep(wait * 2 ** (tries - 1), undefined, { signal });
  }
};

/** Copies a file of a folder that was given. */
const copyFrom = async (
  file: OfficialFile,
  part: string,
  options: FetchOptions & { from: string },
): Promise<void> => {
  const source = path.join(options.from, file.name);
  const info = await stat(source).catch((error: unknown) => {
    throw fileError('read', source, error);
  });
  if (info.size !== file.bytes)
    throw new UnderstoryError(
      'wrong-size',
      `${shownPath(source)} has ${info.size} bytes, and ${file.name} has ${file.bytes}. Copy it there again.`,
    );
  await dropPart(part);
  await appendTo(part, 0, createReadStream(source, { signal: options.signal, highWaterMark: 2 ** 20 }), {
    most: file.bytes,
    onBytes: (done) => options.onProgress({ name: file.name, what: 'fetching', done, total: file.bytes }),
  });
};

const obtain = async (file: OfficialFile, part: string, options: FetchOptions): Promise<void> => {
  const { from } = options;
  if (from === undefined || isAddress(from)) await fetchAll(file, part, options);
  else await copyFrom(file, part, { ...options, from });
};

/**
 * Fetches one file into a folder: to `<name>.part` first, going on where it ended; under its own name once its checksum is
 * right. A part that does not fit what came after it is fetched anew, once. Errors: `download`, `wrong-size`, `checksum`,
 * `no-file`; an abort as it is.
 */
export const fetchFile = async (file: OfficialFile, options: FetchOptions): Promise<void> => {
  const at = path.join(options.folder, file.name);
  const part = `${at}.part`;
  const resumed = (await openPart(part, file.bytes)).size > 0;
  for (const isLast of resumed ? [false, true] : [true]) {
    await obtain(file, part, options);
    if (await isOfficial(file, part, options)) {
      await rename(part, at);
      await dropPart(part);
      return;
    }
    await dropPart(part);
    if (!isLast) options.say(`${file.name}: the part that was here does not fit the rest; starting anew.`);
  }
  const { algorithm, from } = file.digest;
  throw new UnderstoryError(
    'checksum',
    `${file.name} came with another ${algorithm.toUpperCase()} than ${from} published, ${file.digest.hex}: it was changed or damaged, and is thrown away. Try again, or give another place with --from.`,
  );
};
