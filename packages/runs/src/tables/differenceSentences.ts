import { holm, pairedDifference, seedsNeeded, type PairedDifference } from '@understory/metrics';
import { differenceText } from './statistics.ts';

/** What differs, as a sentence begins (`cds against baseline, accuracy`), and by how much with each seed that both have. */
export interface NamedGaps {
  readonly name: string;
  readonly gaps: readonly number[];
}

const verdict = ({ verdict: told }: PairedDifference, stands: boolean, all: number): string => {
  if (told === 'within chance') return 'within chance';
  return stands || all === 1 ? 'beyond chance' : `beyond chance alone, not among ${all} comparisons`;
};

/** How many seeds more it may take to tell a difference from chance, among so many comparisons. */
const further = ({ mean, deviation, seeds }: PairedDifference, comparisons: number): string => {
  if (mean === 0) return '';
  const needed = seedsNeeded(mean / deviation, { comparisons });
  const more = Math.max(1, (needed ?? 0) - seeds);
  const enough = needed === undefined ? 'over 1,000 seeds' : `${more} seed${more === 1 ? '' : 's'} more`;
  const among = comparisons === 1 ? '' : ` among ${comparisons} comparisons`;
  return ` If the true difference is this one, ${enough} would show it${among} four times in five; from ${seeds} seeds that is a guess.`;
};

/**
 * For each comparison of two seeds or more a sentence: the mean of its differences with the 95 % interval, whether chance alone
 * may do that (among all comparisons, after Holm), and if so how many seeds more it would take. `unit` stands behind the numbers.
 */
export const differenceSentences = (all: readonly NamedGaps[], unit: string): string[] => {
  const compared = all.map(({ gaps }) => (gaps.length > 1 ? pairedDifference(gaps) : undefined));
  const stands = holm(compared.map((one) => one?.p ?? NaN));
  return all.flatMap(({ name }, i) => {
    const one = compared[i];
    if (!one) return [];
    const stood = stands[i] ?? false;
    const told = verdict(one, stood, all.length);
    const more = stood ? '' : further(one, all.length);
    return [`${name}: ${differenceText(one)} ${unit} over ${one.seeds} seeds, ${told}.${more}`];
  });
};
