import { UnderstoryError } from '@understory/core';
import { listed } from '../errors.ts';

/** What does not fit between a file and a network, by name. */
export interface Faults {
  readonly missing: readonly string[];
  readonly misshapen: readonly string[];
  readonly unexpected: readonly string[];
  /** Our weights that the other code has no name for. */
  readonly unnamed: readonly string[];
}

export interface Complaint {
  /** The code whose names were looked for. */
  readonly code: string;
  /** What to do, in words of the one who asked. */
  readonly cure?: string;
  /** Why tensors of the file could not be read, by name. */
  readonly unread?: ReadonlyMap<string, string>;
}

export const CURE =
  'Is it for another network? Option skip leaves layers as they are, ignore passes names of the file over.';

export const isFaulty = (faults: Faults): boolean =>
  Object.values(faults).some((names: readonly string[]) => names.length > 0);

/** One error that counts all that does not fit, and names the first of each kind. */
export const mismatch = (faults: Faults, { code, cure = CURE, unread }: Complaint): UnderstoryError => {
  const part = (names: readonly string[], title: string, most = names.length > 2 ? 1 : 2): string[] =>
    names.length > 0 ? [`${title} (${names.length}): ${listed(names, most)}.`] : [];
  const reason = faults.missing.flatMap((name) => (unread?.has(name) ? [[name, unread.get(name)!]] : []))[0];
  const lines = [
    ...(reason ? [`${reason[0]} is in the file and cannot be read: ${reason[1]}`] : []),
    ...part(faults.missing, 'Missing'),
    ...part(faults.misshapen, 'Of another shape', 1),
    ...part(faults.unexpected, 'Unexpected'),
    ...part(faults.unnamed, `Here, without a name in the code "${code}"`),
  ];
  const names = `The weights (names of ${code}) do not fit the network.`;
  return new UnderstoryError('weights-mismatch', `${names} ${lines.join(' ')} ${cure}`);
};
