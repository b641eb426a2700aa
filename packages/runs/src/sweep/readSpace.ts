import { cut, shown, UnderstoryError } from '@understory/core';
import { readValue } from '@understory/config';
import { sameSettings } from '../run/settings.ts';
import type { Dimension, Ranged, Space } from './space.ts';

const EXAMPLES = "--over epochs=5,10 or --over 'schedule.rate=log(0.01..0.2)'";

const refuse = (argument: string, why: string): never => {
  throw new UnderstoryError('sweep', `${cut(argument, 80)}: ${why}`);
};

const NUMBER = String.raw`([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)`;
const RANGE = new RegExp(String.raw`^(?:(log|whole|log-whole)\()?\s*${NUMBER}\s*\.\.\s*${NUMBER}\s*(\))?$`);

const checkRange = ({ from, to, log, whole }: Ranged, argument: string): void => {
  if (!Number.isFinite(from) || !Number.isFinite(to)) refuse(argument, 'a range has two finite ends.');
  if (from >= to) refuse(argument, `a range goes up, and this one goes from ${from} to ${to}.`);
  if (log && from <= 0)
    refuse(argument, `a logarithm needs numbers above 0, and this range begins at ${from}.`);
  if (whole && !(Number.isSafeInteger(from) && Number.isSafeInteger(to)))
    refuse(argument, `a whole range has whole ends, and these are ${from} and ${to}.`);
};

/** A range, where a text is one: `0.1..1`, `log(0.01..0.2)`, `whole(1..8)`, `log-whole(16..256)`. */
const readRange = (key: string, text: string, argument: string): Ranged | undefined => {
  const [, kind = '', from, to, closed] = RANGE.exec(text) ?? [];
  if (from === undefined || to === undefined || (kind === '') !== (closed === undefined)) return undefined;
  const range = {
    ...{ key, from: Number(from), to: Number(to) },
    ...{ log: kind.startsWith('log'), whole: kind.endsWith('whole') },
  };
  checkRange(range, argument);
  return range;
};

const isRangeLike = (value: unknown): boolean => typeof value === 'string' && /\.\.|\(.*\)/.test(value);

const readList = (text: string, argument: string): readonly unknown[] => {
  const values = readValue(`[${text}]`, argument) as readonly unknown[];
  const strange = values.find(isRangeLike);
  if (strange !== undefined)
    refuse(
      argument,
      `${shown(strange)} is no range that can be read. A range stands alone: 0.1..1, log(0.01..0.2), whole(1..8) or log-whole(16..256).`,
    );
  const [first, ...others] = values;
  if (others.length === 0)
    refuse(
      argument,
      `one value (${shown(first)}) is nothing to search. Give several with commas between, or leave it to --set.`,
    );
  const twice = values.find((value, i) => values.slice(0, i).some((other) => sameSettings(value, other)));
  if (twice !== undefined) refuse(argument, `${shown(twice)} is there twice. Take one out.`);
  return values;
};

const readDimension = (text: string): Dimension => {
  const argument = `--over ${text}`;
  const at = text.indexOf('=');
  if (at < 0)
    throw new UnderstoryError('sweep', `--over takes key=values, such as ${EXAMPLES}; got ${shown(text)}.`);
  const [key, values] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  if (values === '') refuse(argument, `it has no values. Write ${EXAMPLES}.`);
  return readRange(key, values, argument) ?? { key, values: readList(values, argument) };
};

/** Keys that a sweep decides by itself, and how. */
const OWN: Readonly<Record<string, string>> = {
  seed: 'every trial has the same seeds, so that they can be compared: --seeds says how many',
  name: 'each trial is named by its number',
  plugins: 'all trials have the same plugins',
  selectOn: 'trials are chosen on validation images',
};

const begins = (key: string, start: string): boolean => key === start || key.startsWith(`${start}.`);

const checkKeys = (space: Space): void => {
  for (const [i, { key }] of space.entries()) {
    const [first = ''] = key.split('.');
    const own = Object.hasOwn(OWN, first) ? OWN[first] : undefined;
    if (own !== undefined) refuse(`--over ${key}`, `${own}. Leave it out.`);
    const undone = space.slice(0, i).find((before) => begins(before.key, key));
    if (undone?.key === key) refuse(`--over ${key}`, 'this key is there twice. Take one out.');
    if (undone) refuse(`--over ${key}`, `it would undo ${undone.key}, which stands before it. Put it first.`);
  }
};

/**
 * Reads where a sweep looks from texts, `key=value,value` or `key=log(0.01..0.2)`, with keys as `--set` has them; values are
 * read as YAML. Errors: `sweep`, `config`, with the argument.
 */
export const readSpace = (over: readonly string[]): Space => {
  if (over.length === 0)
    throw new UnderstoryError('sweep', `There is nothing to search. Give keys and values: ${EXAMPLES}.`);
  const space = over.map(readDimension);
  checkKeys(space);
  return space;
};
