import { cut, shown } from '@understory/core';
import { configError, type Locate } from './locate.ts';

/** More than any config of a person has; a bomb of aliases or a file of data has more. */
const MAX_VALUES = 50_000;
const MAX_DEPTH = 64;

interface Copying {
  readonly locate: Locate;
  count: number;
}

type Path = readonly PropertyKey[];

const kindOf = (value: object): string => {
  const name = (Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null)?.constructor
    ?.name;
  return name === 'Promise' ? 'a promise; put await before it' : `an object of ${name || 'a class'}`;
};

const isPlain = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value) as object | null;
  // An object from another realm (a module that a loader runs apart) has a prototype of its own.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
};

const copyKey = (key: string, path: Path, { locate }: Copying): string => {
  if (key !== '__proto__') return key;
  throw configError(locate([...path, key], true), 'the key "__proto__" is none of a config. Take it out.');
};

const copy = (value: unknown, path: Path, copying: Copying): unknown => {
  const refuse = (what: string): never => {
    throw configError(copying.locate(path), what);
  };
  if (++copying.count > MAX_VALUES)
    return refuse(
      `more than ${MAX_VALUES} values, aliases counted as what they stand for. A config has a few dozen.`,
    );
  if (path.length > MAX_DEPTH)
    return refuse(
      `nested more than ${MAX_DEPTH} deep, or a value that contains itself. A config is a few levels deep.`,
    );
  if (Array.isArray(value)) return Array.from(value, (item, i) => copy(item, [...path, i], copying));
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint')
    return refuse(
      `"${cut(path.map(String).join('.'), 60)}" is ${shown(value)}. A config holds names, numbers, lists and options alone.`,
    );
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value;
  if (!isPlain(value))
    return refuse(
      `"${cut(path.map(String).join('.'), 60)}" is ${kindOf(value)}. A config holds names, numbers, lists and options alone.`,
    );
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      copyKey(key, path, copying),
      copy(item, [...path, key], copying),
    ]),
  );
};

/**
 * A deep copy of plain data, in which nothing is shared. Throws `config` for what is no data: functions, objects of
 * classes, values that contain themselves or are nested deeper, or more, than a config can be, and the key `__proto__`.
 */
export const plainData = (value: unknown, locate: Locate): unknown => copy(value, [], { locate, count: 0 });
