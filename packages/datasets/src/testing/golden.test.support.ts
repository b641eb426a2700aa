import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Samples } from '@understory/core';

const at = (name: string): string => fileURLToPath(new URL(`../../testdata/${name}`, import.meta.url));

/** Path of a file or folder of testdata/formats, which the scripts beside it made. */
export const fixture = (name: string): string => at(`formats/${name}`);

/** What a script wrote down beside its files. */
export const golden = (name: string): unknown => JSON.parse(readFileSync(at(name), 'utf8'));

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Hash of all pixels of a split, in order. */
export const pixelHash = async (samples: Samples): Promise<string> =>
  sha256(await samples.read(Array.from({ length: samples.length }, (_, i) => i)));
