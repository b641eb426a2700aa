import type { Estimate, Evidence } from './evidence.ts';

/**
 * `helps`: keep it. `hurts`: leave it out. `idle`: nothing shows that it does anything for the task. `unclear`: what was
 * measured does not agree.
 */
export type Verdict = 'helps' | 'hurts' | 'idle' | 'unclear';

/** Standard errors that tell something from chance: one time in twenty it is chance all the same. */
const CLEAR = 2;

/** 1 or −1 where an estimate is told from 0, else 0. */
export const signOf = ({ mean, error }: Estimate): -1 | 0 | 1 =>
  Number.isFinite(mean) && Math.abs(mean) > CLEAR * error ? (mean > 0 ? 1 : -1) : 0;

/** A loss that grew by more than this share is trained away from its aim: its weight may be negative. */
const GROWN = 0.02;

/** Whether a stage's own loss grew while it was trained. */
export const grew = ({ loss: { first, last } }: Pick<Evidence, 'loss'>): boolean =>
  last - first > GROWN * Math.abs(first);

/** What a stage's own loss does for the task, by how gradients agree and by what the stage knows with it and without. */
export const verdictOf = (evidence: Evidence): Verdict => {
  const { agreement, knows } = evidence;
  const pull = signOf(agreement);
  const gain = knows ? signOf(knows.gain) : 0;
  if (pull + gain <= 0 && grew(evidence)) return 'hurts';
  if (pull === 0 && gain === 0) return 'idle';
  if (pull * gain < 0) return 'unclear';
  return pull + gain > 0 ? 'helps' : 'hurts';
};

/** Above it a stage's own loss drowns the task's in the weights below it. */
const STRONGEST = 1;

/** The factor by which a stage's weight is multiplied; undefined where it is left out. */
export const factorOf = (evidence: Evidence): number | undefined => {
  const verdict = verdictOf(evidence);
  if (verdict === 'hurts' || verdict === 'idle') return undefined;
  const { strength } = evidence;
  return strength > STRONGEST ? Number((STRONGEST / strength).toPrecision(2)) : 1;
};
