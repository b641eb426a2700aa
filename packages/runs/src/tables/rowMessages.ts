import { UnderstoryError, type RunEvent } from '@understory/core';
import { isSystemFault, shownPath, systemReason } from '@understory/core/file-error';
import type { TableOptions } from './tableSetup.ts';

/** What a process that trains one row is told. */
export interface RowRequest {
  readonly table: string;
  readonly options: TableOptions;
  /** The row's key. */
  readonly row: string;
  readonly seed: number;
}

/** An error as it goes from one process to another. */
export interface RowFailure {
  readonly message: string;
  readonly stack: string | undefined;
  /** Whether a user can mend it. */
  readonly refused: boolean;
}

/** What such a process says: what its listeners are told, then how it ended. */
export type RowMessage =
  | { readonly say: string }
  | { readonly progress: readonly [done: number, total: number, what: string] }
  | { readonly run: string; readonly event: RunEvent }
  /** No more events of this run. */
  | { readonly closed: string }
  | { readonly trained: boolean }
  | { readonly failure: RowFailure };

export const failureOfRow = (error: unknown): RowFailure => {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  if (!isSystemFault(error)) return { message, stack, refused: error instanceof UnderstoryError };
  const place = typeof error.path === 'string' ? `${shownPath(error.path)}: ` : '';
  return { message: `the system refused a file: ${place}${systemReason(error)}`, stack, refused: true };
};

/** The same in the process that is told of it; `name` begins its message. */
export const errorOfRow = (name: string, { message, stack, refused }: RowFailure): Error => {
  const text = `${name}: ${message}`;
  return refused ? new UnderstoryError('row-failed', text) : Object.assign(new Error(text), { stack });
};
