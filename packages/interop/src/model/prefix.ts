import { UnderstoryError } from '@understory/core';
import { listed } from '../errors.ts';

/**
 * What stands before a network's names in a file: `module.`, `state_dict.`, `backbone.`, … Found by the names that are
 * expected; where several fit equally well (a network and its average, say) the error asks for a choice.
 */
export const prefixOf = (names: readonly string[], expected: readonly string[]): string => {
  const wanted = new Set(expected);
  const votes = new Map<string, number>();
  const depth = Math.max(1, ...expected.map((name) => name.split('.').length));
  for (const name of names) {
    const parts = name.split('.');
    for (let i = Math.max(0, parts.length - depth); i < parts.length; i++) {
      if (!wanted.has(parts.slice(i).join('.'))) continue;
      const prefix = parts.slice(0, i).map((part) => `${part}.`).join(''); // prettier-ignore
      votes.set(prefix, (votes.get(prefix) ?? 0) + 1);
    }
  }
  const most = Math.max(0, ...votes.values());
  const best = [...votes].flatMap(([prefix, count]) => (count === most ? [prefix] : []));
  if (best.length <= 1) return best[0] ?? '';
  throw new UnderstoryError(
    'weights-mismatch',
    `The file holds the network's names ${best.length} times, after ${listed(best.map((p) => `"${p}"`))}. Say which with the option prefix.`,
  );
};
