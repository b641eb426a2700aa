import { UnderstoryError } from '@understory/core';

/** Where a key (`ofKey`) or its value stands, for people: `flowers.yaml:2:9`. */
export type Locate = (keys: readonly PropertyKey[], ofKey?: boolean) => string;

/** What was read, and where each part of it stands. */
export interface Source {
  readonly value: unknown;
  readonly locate: Locate;
}

export const configError = (where: string, what: string, cause?: unknown): UnderstoryError =>
  new UnderstoryError('config', `${where}: ${what}`, cause === undefined ? undefined : { cause });
