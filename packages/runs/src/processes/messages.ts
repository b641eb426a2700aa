import { UnderstoryError, type RunEvent } from '@understory/core';
import { isSystemFault, shownPath, systemReason } from '@understory/core/file-error';

/** An error as it goes from one process to another. */
export interface Failure {
  readonly message: string;
  readonly stack: string | undefined;
  /** Whether a user can mend it. */
  readonly refused: boolean;
}

/** What a process that trains says: what its listeners are told, then how it ended. */
export type WorkMessage<Result> =
  | { readonly say: string }
  | { readonly progress: readonly [done: number, total: number, what: string] }
  | { readonly run: string; readonly event: RunEvent }
  /** No more events of this run. */
  | { readonly closed: string }
  | { readonly ended: Result }
  | { readonly failure: Failure };

export const failureOf = (error: unknown): Failure => {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  if (!isSystemFault(error)) return { message, stack, refused: error instanceof UnderstoryError };
  const place = typeof error.path === 'string' ? `${shownPath(error.path)}: ` : '';
  return { message: `the system refused a file: ${place}${systemReason(error)}`, stack, refused: true };
};

/** The same in the process that is told of it; `name` begins its message. */
export const errorOf = (name: string, code: string, { message, stack, refused }: Failure): Error => {
  const text = `${name}: ${message}`;
  return refused ? new UnderstoryError(code, text) : Object.assign(new Error(text), { stack });
};
