import type { DetectionErrors, FoundFault } from '@understory/metrics';
import type { BoxResults } from '@understory/report';

/** What each fault is, for people. */
export const FAULTS: Readonly<Record<FoundFault, string>> = {
  localisation: 'its class is there, the box does not fit',
  confusion: 'the box fits, its class is another',
  both: 'another class, and the box does not fit',
  duplicate: 'found by a likelier box already',
  background: 'no true box is there',
};

const isFault = (fate: string): fate is FoundFault => Object.hasOwn(FAULTS, fate);

/** The fault of a found box, in words; undefined where it has none. */
export const faultText = (fate: string | undefined): string | undefined =>
  fate !== undefined && isFault(fate) ? FAULTS[fate] : undefined;

/** What is right and what goes wrong, counted. */
export const errorsOf = ({ counts }: DetectionErrors): Pick<BoxResults, 'right' | 'boxes' | 'errors'> => ({
  right: counts.right,
  boxes: counts.right + counts.missed + counts.mistaken,
  errors: [
    ...Object.entries(FAULTS).flatMap(([name, about]) =>
      isFault(name) ? [{ name, about, count: counts[name] }] : [],
    ),
    { name: 'missed', about: 'a true box that no box comes near', count: counts.missed },
  ],
});
