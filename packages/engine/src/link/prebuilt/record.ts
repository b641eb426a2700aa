import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The file beside addons that were compiled before they were published, and what it says of them. */
export const RECORD = 'prebuilt.json';

export interface PrebuiltRecord {
  readonly tensorflow: string;
  /** `linux-x64` */
  readonly platform: string;
  /** The newest Node-API that one of them calls. */
  readonly napi: number;
  /** SHA-256 by file; a file's name holds the hash of the sources that it was made from. */
  readonly files: Readonly<Record<string, string>>;
}

/** This machine, as records name it. */
export const PLATFORM = `${process.platform}-${process.arch}`;

/** The package that brings addons for this platform. */
export const PLATFORM_PACKAGE = `@understory/engine-${PLATFORM}`;

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const isRecord = (value: unknown): value is PrebuiltRecord =>
  typeof value === 'object' &&
  value !== null &&
  'tensorflow' in value &&
  typeof value.tensorflow === 'string' &&
  'platform' in value &&
  typeof value.platform === 'string' &&
  'napi' in value &&
  typeof value.napi === 'number' &&
  'files' in value &&
  typeof value.files === 'object' &&
  value.files !== null &&
  Object.values(value.files).every((hash) => typeof hash === 'string');

/** What a record's file says; null where it says something else. */
export const readRecord = (file: string): PrebuiltRecord | null => {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
};
