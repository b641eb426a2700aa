import { UnderstoryError } from '@understory/core';

export const badPyTorch = (what: string): UnderstoryError =>
  new UnderstoryError('bad-pytorch', `Not a sound PyTorch file: ${what}.`);

/** Names in a list, shortened. */
export const listed = (names: readonly string[], most = 8): string =>
  names.slice(0, most).join(', ') + (names.length > most ? ` and ${names.length - most} more` : '');
