import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { concurrently, inPool, type DatasetRequest } from '@understory/core';
import { z } from 'zod';
import { cachePath, writeCached } from '../cache.ts';
import { decodeImage, type DecodeOptions } from './decodeImage.ts';
import {
  encodedFiles,
  IN_FLIGHT,
  pathOf,
  reasonOf,
  type EncodedImages,
  type ImageRef,
} from './imageSamples.ts';
import { loadSharp } from './loadSharp.ts';

const Findings = z.strictObject({ faults: z.array(z.tuple([z.int().min(0), z.string()])) });
type Findings = z.output<typeof Findings>;

/** Changes whenever an image, the decoder or what it accepts does. */
const fingerprint = async (refs: readonly ImageRef[], all: readonly DecodeOptions[]): Promise<string> => {
  const { maxPixels = 0, orientation } = all[0] ?? {};
  const { versions } = await loadSharp();
  const hash = createHash('sha256').update(JSON.stringify([3, versions, maxPixels, orientation]));
  const expected = all.map((one) => one.expected);
  if (expected.some((size) => size !== undefined)) hash.update(JSON.stringify(expected));
  const cuts = all.map(({ cut }) => cut);
  if (cuts.some((cut) => cut !== undefined)) hash.update(`cut ${JSON.stringify(cuts)}`);
  const stamps = await concurrently(refs, 32, ({ source, index }) => source.stamp(index));
  refs.forEach((ref, i) => hash.update(JSON.stringify([ref.source.name, pathOf(ref), stamps[i]])));
  return hash.digest('hex');
};

const findingsFile = (key: string): string => cachePath('checked-images', `${key}.json`);

const readFindings = async (file: string): Promise<Findings | undefined> => {
  try {
    return Findings.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
};

/** Decodes all images and gives why those that fail do, by position. What an earlier call with this key found is not looked for again. */
export const findFaults = async (
  images: EncodedImages,
  decodeAt: (position: number) => DecodeOptions,
  { key, progress }: { readonly key: string; readonly progress?: DatasetRequest['progress'] },
): Promise<Map<number, string>> => {
  const file = findingsFile(key);
  const known = await readFindings(file);
  if (known) return new Map(known.faults);
  const faults: [number, string][] = [];
  let done = 0;
  await inPool(images.length, IN_FLIGHT, async (position) => {
    try {
      await decodeImage(await images.read(position), decodeAt(position));
    } catch (error) {
      faults.push([position, reasonOf(error)]);
    }
    progress?.(++done, images.length, 'checking images');
  });
  faults.sort(([a], [b]) => a - b);
  await writeCached(file, [JSON.stringify({ faults })]);
  return new Map(faults);
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
  const key = await fingerprint(refs, all);
  return findFaults(encodedFiles(refs), (position) => all[position]!, { key, ...(progress && { progress }) });
};
