import { UnderstoryError, type NdArrays } from '@understory/core';
import { listed } from '../errors.ts';
import { pairsOf } from '../model/pairs.ts';
import { prefixesOf } from '../model/prefix.ts';
import { slotsOf } from '../model/slots.ts';
import { codesFor, namesFor } from './namesFor.ts';

type Network = Parameters<typeof namesFor>[0];

/** How well a code's names explain a file: names that it has after one prefix, then others that the code alone knows of. */
const scoreOf = (names: readonly string[], backbone: Network, code: string): readonly [number, number] => {
  const table = namesFor(backbone, code);
  const expected = pairsOf(slotsOf(backbone.model), table).map(({ place }) => place.name);
  const [best] = prefixesOf(names, expected);
  if (!best) return [0, 0];
  const [prefix, count] = best;
  const own = names.filter(
    (name) => name.startsWith(prefix) && table.ignores?.test(name.slice(prefix.length)),
  );
  return [count, own.length];
};

/**
 * The code whose names a file of weights for a backbone has: the one of which it has most. Of codes that name the network
 * alike it is the one that knows what else is in the file, such as the official code's projection heads.
 * `prefix` is what stands before them, where that is known. Errors: `weights-mismatch` where it has none of any.
 */
export const codeOf = (file: NdArrays, backbone: Network, prefix = ''): string => {
  const all = Object.keys(file);
  const names = all.flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
  const scores = codesFor(backbone.name).map((code) => ({ code, score: scoreOf(names, backbone, code) }));
  const [best] = scores.sort((a, b) => b.score[0] - a.score[0] || b.score[1] - a.score[1]);
  if (best && best.score[0] > 0) return best.code;
  const where = prefix === '' ? '' : ` after the prefix "${prefix}"`;
  const cure = prefix === '' ? 'Is it for another backbone?' : 'Leave prefix out, and it is found.';
  throw new UnderstoryError(
    'weights-mismatch',
    `The file has no weight${where} that ${codesFor(backbone.name).join(', ')} would name so in ${backbone.name}; ` +
      `it holds ${all.length > 0 ? listed(all, 3) : 'nothing'}. ${cure}`,
  );
};
