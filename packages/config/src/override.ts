import { classification, cut, readSpec, shown, UnderstoryError } from '@understory/core';
import type { Locate } from './locate.ts';
import { plainData } from './plainData.ts';
import { readText } from './readText.ts';
import { ExperimentSchema } from './schema.ts';

type Mutable = Record<string, unknown>;

/** A change that was made, and where: keys as they lie in the config, through lists and options. */
export interface Override {
  /** As it was typed, for messages: `--set epochs=5`. */
  readonly argument: string;
  readonly path: readonly PropertyKey[];
}

const MAX_LENGTH = 10_000;

const refuse = (argument: string, what: string): never => {
  throw new UnderstoryError('config', `${cut(argument, 80)}: ${what}`);
};

const KEY_FORM = 'Write key=value, such as --set epochs=5 or --set backbone.width=0.5.';

/** `a.b=c` → the keys, and the text of the value. */
const split = (override: string, argument: string): readonly [keys: string, value: string] => {
  const at = override.indexOf('=');
  if (at < 0)
    throw new UnderstoryError(
      'config',
      `--set takes key=value, such as --set epochs=5; got ${shown(override)}.`,
    );
  if (override.length > MAX_LENGTH)
    refuse(argument, `it has ${override.length} characters, and at most ${MAX_LENGTH} are read.`);
  return [override.slice(0, at), override.slice(at + 1)];
};

/** `a.b` → the keys. */
const keysOf = (said: string, argument: string): readonly string[] => {
  const keys = said.split('.');
  if (keys.some((key) => key.trim() === '')) refuse(argument, `a key without a name. ${KEY_FORM}`);
  if (keys.includes('__proto__')) refuse(argument, '"__proto__" is no key of a config. Take it out.');
  return keys;
};

/** A value as it is typed, which is read as YAML. Throws `config`; `argument` is where it was typed, for messages. */
export const readValue = (text: string, argument: string): unknown => {
  const name = cut(argument, 80);
  try {
    return plainData(readText(text, { name, lines: false }).value, () => name);
  } catch (error) {
    if (!(error instanceof UnderstoryError)) throw error;
    throw new UnderstoryError(
      error.code,
      `${cut(error.message, 250)} Write key=value; a text with signs in it goes in quotes: key='"a: b"'.`,
      { cause: error },
    );
  }
};

interface Reaching {
  /** The keys so far, with dots. */
  readonly said: string;
  readonly argument: string;
  readonly isLast: boolean;
}

/** A key of what was reached; the last one may be the place behind a list's end. */
const keyIn = (target: unknown, name: string, { said, argument, isLast }: Reaching): string | number => {
  const where = cut(said, 40);
  if (typeof target !== 'object' || target === null)
    return refuse(
      argument,
      `"${where}" is ${shown(target)}, which has no keys. Set it itself: --set ${where}=….`,
    );
  if (!Array.isArray(target)) return name;
  const { length } = target;
  if (/^\d+$/.test(name) && Number(name) < length + Number(isLast)) return Number(name);
  const choices = length === 0 ? 'it is empty' : `it has 0 to ${length - 1}`;
  return refuse(argument, `"${where}" is a list without "${cut(name, 20)}": ${choices}. ${KEY_FORM}`);
};

/** What lies one key further down, and the keys that lead there. */
type Step = readonly [next: unknown, path: readonly PropertyKey[]];

const put = (holder: Mutable, key: string | number, value: unknown): Step => {
  holder[key] = value;
  return [value, [key]];
};

/**
 * Goes one key down, towards `next`: into a spec's options, and into new keys where there are none. A list that could be a
 * spec too (`[crop]`) is a list where a number follows.
 */
const descend = (holder: Mutable, key: string | number, next: string): Step => {
  const value = Object.hasOwn(holder, key) ? holder[key] : undefined;
  const spec = Array.isArray(value) && /^\d+$/.test(next) ? undefined : readSpec(value);
  if (spec) {
    const made: [string, Mutable] = [spec[0], { ...spec[1] }];
    holder[key] = made;
    return [made[1], [key, 1]];
  }
  return value === undefined || value === null ? put(holder, key, {}) : [value, [key]];
};

/** The keys that a whole config has by itself where a file says nothing of them. */
const withDefault = (config: Mutable, key: string | undefined): void => {
  if (key === undefined || Object.hasOwn(config, key) || !Object.hasOwn(ExperimentSchema.shape, key)) return;
  const [task = classification.name] = readSpec(config['task']) ?? [];
  if ((key === 'objectives' || key === 'metrics') && task === classification.name) {
    config[key] = structuredClone(classification[key]);
    return;
  }
  const schema = ExperimentSchema.shape[key as keyof typeof ExperimentSchema.shape];
  const { success, data } = schema.safeParse(undefined);
  if (success && data !== undefined) config[key] = structuredClone(data);
};

/**
 * Puts a value at a key of a config in place; `backbone.width` reaches into [name, options], `objectives.1.weight` into a
 * list. Throws `config`, naming the argument and the cure.
 */
export const putValue = (config: object, said: string, value: unknown, argument: string): Override => {
  const keys = keysOf(said, argument);
  if (keys.length > 1) withDefault(config as Mutable, keys[0]);
  let target: unknown = config;
  const path: PropertyKey[] = [];
  for (const [i, name] of keys.entries()) {
    const isLast = i === keys.length - 1;
    const key = keyIn(target, name, { said: keys.slice(0, i).join('.'), argument, isLast });
    const [next, part] = isLast
      ? put(target as Mutable, key, value)
      : descend(target as Mutable, key, keys[i + 1] ?? '');
    path.push(...part);
    target = next;
  }
  return { argument: cut(argument, 80), path };
};

/** Applies `a.b=value` to a config in place, as `putValue` does; the value is read as YAML. Throws `config`. */
export const applyOverride = (config: object, override: string): Override => {
  const argument = `--set ${override}`;
  const [keys, text] = split(override, argument);
  keysOf(keys, argument);
  return putValue(config, keys, readValue(text, argument), argument);
};

const begins = (path: readonly PropertyKey[], start: readonly PropertyKey[]): boolean =>
  start.every((key, i) => String(path[i]) === String(key));

/** Places of a config that was changed: what a change brought in is named by its argument. */
export const locateWith =
  (file: string, locate: Locate, overrides: readonly Override[]): Locate =>
  (keys, ofKey) => {
    const made = overrides.findLast(
      ({ path }) => begins(keys, path) || (ofKey === true && begins(path, keys)),
    );
    return made ? `${file} with ${made.argument}` : locate(keys, ofKey);
  };
