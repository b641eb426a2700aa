import { readSpec } from '@understory/core';
import type { Override } from './override.ts';

/** Keys that a config may leave to its data, in the order in which they are settled: a rate needs its batch. */
export const OPEN_KEYS = ['epochs', 'batch', 'views', 'schedule'] as const;
export type OpenKey = (typeof OPEN_KEYS)[number];

/** Options of a schedule that may be given while the rest of it stays open. */
const OF_SCHEDULE = ['rate', 'warmupEpochs'];

/** Whether a change only reached into a key: `schedule.rate=0.01` leaves it open which schedule that is. */
const isOpenInside = (key: OpenKey, value: unknown, made: readonly Override[]): boolean => {
  const own = made.filter(({ path }) => path[0] === key);
  if (key !== 'schedule' || own.some(({ path }) => path.length === 1)) return false;
  return Object.keys(readSpec(value)?.[1] ?? {}).every((option) => OF_SCHEDULE.includes(option));
};

/**
 * What a config leaves to its data: keys that its file does not name (`said`), and that no change brought in. `value` is the config
 * after the changes.
 */
export const openKeys = (
  said: readonly string[],
  value: Readonly<Record<string, unknown>>,
  made: readonly Override[],
): OpenKey[] =>
  OPEN_KEYS.filter(
    (key) => !said.includes(key) && (!Object.hasOwn(value, key) || isOpenInside(key, value[key], made)),
  );
