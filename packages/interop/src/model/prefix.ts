import { UnderstoryError } from '@understory/core';
import { listed } from '../errors.ts';

/** How many of the expected names a file has after each prefix, the most first: `module.`, `state_dict.`, … */
export const prefixesOf = (
  names: readonly string[],
  expected: readonly string[],
): readonly (readonly [prefix: string, count: number])[] => {
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
  return [...votes].sort(([, a], [, b]) => b - a);
};

/** Contrastive code keeps a slow average of its encoder beside it, under these names: the encoder is meant. */
const ENCODERS: readonly (readonly [average: RegExp, encoder: string])[] = [
  [/\bencoder_k\./, 'encoder_q.'],
  [/(\w)_momentum\./, '$1.'],
  [/\bmomentum_(\w)/, '$1'],
  [/\btarget_(\w)/, 'online_$1'],
];
const isAverageOf = (prefix: string, others: readonly string[]): boolean =>
  ENCODERS.some(([average, encoder]) => {
    const other = prefix.replace(average, encoder);
    return other !== prefix && others.includes(other);
  });

/**
 * What stands before a network's names in a file, found by the names that are expected; of an encoder and its momentum
 * average it is the encoder. Where several fit equally well (a network and its average, say) the error asks for a choice.
 */
export const prefixOf = (names: readonly string[], expected: readonly string[]): string => {
  const votes = prefixesOf(names, expected);
  const equal = votes.flatMap(([prefix, count]) => (count === votes[0]?.[1] ? [prefix] : []));
  const best = equal.filter((prefix) => !isAverageOf(prefix, equal));
  if (best.length <= 1) return best[0] ?? '';
  throw new UnderstoryError(
    'weights-mismatch',
    `The file holds the network's names ${best.length} times, after ${listed(
      best.map((p) => `"${p}"`),
      4,
    )}. Say which with the option prefix.`,
  );
};
