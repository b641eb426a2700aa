import { UnderstoryError, type NdArrays } from '@understory/core';
import { listed } from '../errors.ts';
import { pairsOf } from '../model/match.ts';
import { slotsOf } from '../model/slots.ts';
import { codesFor, namesFor } from './namesFor.ts';

type Network = Parameters<typeof namesFor>[0];

/** A name and what is left of it when words before a dot are taken away: `module.fc.bias`, `fc.bias`, `bias`. */
const endings = (name: string): string[] => {
  const words = name.split('.');
  return words.map((_, i) => words.slice(i).join('.'));
};

/**
 * The code whose names a file of weights for a backbone has: the one of which it has the largest share.
 * Errors: `weights-mismatch` where it has none of any.
 */
export const codeOf = (file: NdArrays, backbone: Network): string => {
  const there = new Set(Object.keys(file).flatMap(endings));
  const slots = slotsOf(backbone.model);
  const shares = codesFor(backbone.name).map((code) => {
    const expected = pairsOf(slots, namesFor(backbone, code)).map(({ place }) => place.name);
    return { code, share: expected.filter((name) => there.has(name)).length / slots.length };
  });
  const [best] = shares.sort((a, b) => b.share - a.share);
  if (best && best.share > 0) return best.code;
  const names = Object.keys(file);
  throw new UnderstoryError(
    'weights-mismatch',
    `The file has no weight that ${codesFor(backbone.name).join(', ')} would name so in ${backbone.name}; ` +
      `it holds ${names.length > 0 ? listed(names) : 'nothing'}. Is it for another backbone?`,
  );
};
