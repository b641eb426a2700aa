import path from 'node:path';
import { UnderstoryError } from '@understory/core';

/** Where a key (`ofKey`) or its value stands, for people: `flowers.yaml:2:9`. */
export type Place = (keys: readonly PropertyKey[], ofKey?: boolean) => string;

/** What was read, and where each part of it stands. */
export interface Source {
  readonly value: unknown;
  readonly place: Place;
}

/** A file's path as it is shown: from the working folder where that is shorter. */
export const shownPath = (file: string): string => {
  const relative = path.relative('.', file);
  return relative !== '' && relative.length < file.length ? relative : file;
};

export const configError = (where: string, what: string, cause?: unknown): UnderstoryError =>
  new UnderstoryError('config', `${where}: ${what}`, cause === undefined ? undefined : { cause });
