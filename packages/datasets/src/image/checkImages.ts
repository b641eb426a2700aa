import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { concurrently, type DatasetRequest } from '@understory/core';
import sharp from 'sharp';
import { z } from 'zod';
import { decodeImage, type DecodeOptions } from './decodeImage.ts';
import { IN_FLIGHT, pathOf, reasonOf, type ImageRef } from './imageSamples.ts';

const Findings = z.strictObject({ faults: z.array(z.tuple([z.int().min(0), z.string()])) });
type Findings = z.output<typeof Findings>;

/** Changes whenever an image, the decoder or what it accepts does. */
const fingerprint = async (refs: readonly ImageRef[], all: readonly DecodeOptions[]): Promise<string> => {
  const { maxPixels = 0 } = all[0] ?? {};
  const hash = createHash('sha256').update(JSON.stringify([2, sharp.versions, maxPixels]));
  const expected = all.map((one) => one.expected);
  if (expected.some((size) => size !== undefined)) hash.update(JSON.stringify(expected));
  const cuts = all.map(({ cut }) => cut);
  if (cuts.some((cut) => cut !== undefined)) hash.update(`cut ${JSON.stringify(cuts)}`);
  const stamps = await concurrently(refs, 32, ({ source, index }) => source.stamp(index));
  refs.forEach((ref, i) => hash.update(JSON.stringify([ref.source.name, pathOf(ref), stamps[i]])));
  return hash.digest('hex');
};

const cacheFile = (key: string): string => {
  const { UNDERSTORY_CACHE: named, XDG_CACHE_HOME: xdg } = process.env;
  const base =
    named ?? path.join(xdg && path.isAbsolute(xdg) ? xdg : path.join(os.homedir(), '.cache'), 'understory');
  return path.join(base, 'checked-images', `${key}.json`);
};

const readFindings = async (file: string): Promise<Findings | undefined> => {
  try {
    return Findings.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
};

/** Where the cache cannot be written, the next run checks again. */
const writeFindings = async (file: string, findings: Findings): Promise<void> => {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    const draft = `${file}.${process.pid}`;
    await writeFile(draft, JSON.stringify(findings));
    await rename(draft, file);
  } catch {
    return;
  }
};

/**
 * Decodes every image once and gives why those that fail do, by position. What was found is kept in the user's cache
 * folder until a file's size or time changes, so that the next run opens at once.
 */
export const checkImages = async (
  refs: readonly ImageRef[],
  options: DecodeOptions | ((position: number) => DecodeOptions),
  progress?: DatasetRequest['progress'],
): Promise<Map<number, string>> => {
  const optionsAt = typeof options === 'function' ? options : (): DecodeOptions => options;
  const all = refs.map((_, i) => optionsAt(i));
  const file = cacheFile(await fingerprint(refs, all));
  const known = await readFindings(file);
  if (known) return new Map(known.faults);
  const faults: [number, string][] = [];
  let done = 0;
  await concurrently(refs, IN_FLIGHT, async ({ source, index }, i) => {
    try {
      await decodeImage(await source.read(index), all[i]!);
    } catch (error) {
      faults.push([i, reasonOf(error)]);
    }
    progress?.(++done, refs.length, 'checking images');
  });
  faults.sort(([a], [b]) => a - b);
  await writeFindings(file, { faults });
  return new Map(faults);
};
