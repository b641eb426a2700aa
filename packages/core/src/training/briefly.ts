import type { StartEvent } from '../contracts/events.ts';
import type { Named } from '../named.ts';

/** Whether a run's metrics call a number a detail. */
export const isDetail = (name: string, { details = [] }: Pick<StartEvent, 'details'>): boolean =>
  details.some(
    (one) =>
      name === one ||
      (one.endsWith('/') && name.startsWith(one)) ||
      (one.startsWith('/') && name.endsWith(one)),
  );

/** Numbers without those that a run's metrics call details: for a line of an epoch, or columns of a table. */
export const briefly = <T>(numbers: Named<T>, start: Pick<StartEvent, 'details'>): Named<T> =>
  Object.fromEntries(Object.entries(numbers).filter(([name]) => !isDetail(name, start)));
