import { cut, listed } from './shown.ts';

/** An error that a user can act on: what is wrong, where, and what to do about it. */
export class UnderstoryError extends Error {
  /** Stable identifier for programs, such as `unknown-name`. */
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UnderstoryError';
    this.code = code;
  }
}

/** Edit distance (Levenshtein) between two short names. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
};

/** The known name closest to a misspelt one, or undefined where none is near. */
export const nearest = (name: string, known: readonly string[]): string | undefined => {
  if (name.length > 100) return undefined;
  const ranked = known
    .map((k) => ({ k, d: distance(name.toLowerCase(), k.toLowerCase()) }))
    .sort((a, b) => a.d - b.d);
  const best = ranked[0];
  return best && best.d <= Math.max(2, name.length / 3) ? best.k : undefined;
};

/** An error for a name that is not known: names the kind, the nearest name and the choices. */
export const unknownName = (
  kind: string,
  name: string,
  known: readonly string[],
  cure = '',
): UnderstoryError => {
  const near = nearest(name, known);
  const hint = near ? ` Did you mean "${near}"?` : '';
  return new UnderstoryError(
    'unknown-name',
    `No ${kind} named "${cut(name, 60)}".${hint} Known: ${listed(known, near ? 60 : 150)}.${cure && ` ${cure}`}`,
  );
};
