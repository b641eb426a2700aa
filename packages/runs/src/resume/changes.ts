import path from 'node:path';
import { DATA_PATHS, sameSettings } from '../run/settings.ts';
import type { Change } from './rules.ts';
import { SettledSpec } from './settled.ts';

/** Options that name a run or a file of weights: another way to the same one is no change. */
const FILES = ['run', 'weights', 'file'];

const isMoved = (key: string, before: unknown, after: unknown): boolean => {
  if (typeof before !== 'string' || typeof after !== 'string') return false;
  const name = key.split('.').at(-1)!;
  // Whether it is the same data, its fingerprint says.
  if (DATA_PATHS.includes(name)) return key.startsWith('dataset.');
  return FILES.includes(name) && path.basename(before) === path.basename(after);
};

type Fields = Readonly<Record<string, unknown>>;

/** What has keys of its own, and what stands before them. */
const fieldsOf = (value: unknown): Fields | undefined => {
  if (value instanceof SettledSpec) return value.options;
  const plain = typeof value === 'object' && value !== null && !Array.isArray(value);
  return plain ? (value as Fields) : undefined;
};

const nameOf = (value: unknown): string | undefined =>
  value instanceof SettledSpec ? value.name : undefined;

/** Where two settled configs differ, at the deepest keys that tell them apart. */
export const changesBetween = (before: unknown, after: unknown, key = ''): Change[] => {
  const [a, b] = [fieldsOf(before), fieldsOf(after)];
  if (a && b && nameOf(before) === nameOf(after)) {
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
    return keys.flatMap((k) => changesBetween(a[k], b[k], key === '' ? k : `${key}.${k}`));
  }
  const lists = Array.isArray(before) && Array.isArray(after) && before.length === after.length;
  if (lists && before.some((value) => typeof value === 'object'))
    return before.flatMap((value: unknown, i) => changesBetween(value, after[i], `${key}[${i}]`));
  if (isMoved(key, before, after)) return [];
  return sameSettings(before, after) && nameOf(before) === nameOf(after) ? [] : [{ key, before, after }];
};

const plain = (_key: string, value: unknown): unknown => {
  if (!(value instanceof SettledSpec)) return value;
  return Object.keys(value.options).length > 0 ? [value.name, value.options] : value.name;
};

/** A value in JSON, cut to a readable length; plugins by their names. */
export const shownValue = (value: unknown, most = 60): string => {
  if (value === undefined) return 'nothing';
  if (value instanceof SettledSpec) return value.name;
  const names = Array.isArray(value) && value.every((v) => v instanceof SettledSpec);
  const text = names ? `[${value.map((v) => v.name).join(', ')}]` : JSON.stringify(value, plain);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
};

/** A change as it is kept in a run's history. */
export const plainChange = ({ key, before = null, after = null }: Change): Change =>
  JSON.parse(JSON.stringify({ key, before, after }, plain)) as Change;
