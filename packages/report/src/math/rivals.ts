import type { Tested } from '../model.ts';
import { mcNemar } from './statistics.ts';

/** The most accurate method, and the one that it is compared with: the first, or the next where it is the first itself. */
export interface Rivals {
  readonly best: Tested;
  readonly rival: Tested;
  /** Images that the best one alone gets right, and that its rival alone does. */
  readonly gained: number;
  readonly lost: number;
  /** How probable so uneven a split is, if both were equally good: McNemar's exact test. */
  readonly p: number;
}

/** A difference that is less probable than this is said not to be chance. */
export const CHANCE = 0.05;

const right = ({ outcomes }: Tested, i: number): boolean => outcomes.predicted[i] === outcomes.labels[i];

/** Undefined where there are no two methods that told the class of each test image. */
export const rivalsOf = (tested: readonly Tested[]): Rivals | undefined => {
  const [first] = tested;
  const [best, next] = [...tested].sort((a, b) => b.accuracy - a.accuracy);
  if (!first || !best || !next) return undefined;
  const rival = best === first ? next : first;
  const images = Array.from(first.outcomes.labels.keys());
  const gained = images.filter((i) => right(best, i) && !right(rival, i)).length;
  const lost = images.filter((i) => !right(best, i) && right(rival, i)).length;
  return { best, rival, gained, lost, p: mcNemar(gained, lost) };
};
