import { isObject } from '@understory/core';
import type { Locate } from './locate.ts';

type Keys = Readonly<Record<string, unknown>>;

/** A config's keys, and where they stand. */
export interface Part {
  readonly value: Keys;
  readonly locate: Locate;
}

/** One of two values: keys of maps are joined, everything else (lists, a plugin with its options) is the later one's. */
const joined = (before: unknown, after: unknown): unknown =>
  isObject(before) && isObject(after) ? mergedKeys(before, after) : after;

const mergedKeys = (before: Keys, after: Keys): Record<string, unknown> => {
  const all: Record<string, unknown> = { ...before };
  for (const [key, value] of Object.entries(after))
    all[key] = Object.hasOwn(before, key) ? joined(before[key], value) : value;
  return all;
};

const has = (value: unknown, [key, ...more]: readonly PropertyKey[]): boolean => {
  if (key === undefined) return true;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return false;
  return has((value as Record<PropertyKey, unknown>)[key], more);
};

/** Which of several configs a key is of: the last one that has it, or what stands around it. */
const owner = (parts: readonly Part[], keys: readonly PropertyKey[]): Part | undefined => {
  for (let n = keys.length; n > 0; n--) {
    const found = parts.findLast(({ value }) => has(value, keys.slice(0, n)));
    if (found) return found;
  }
  return parts[0];
};

/**
 * Several configs as one, each before the next: a key of a later one takes the place of an earlier one's; of keys that hold keys
 * (`engine`, `unlabelled`), each by itself.
 */
export const mergeConfigs = (parts: readonly Part[]): Part => ({
  value: parts.reduce<Record<string, unknown>>((all, { value }) => mergedKeys(all, value), {}),
  locate: (keys, ofKey) => owner(parts, keys)?.locate(keys, ofKey) ?? 'config',
});
