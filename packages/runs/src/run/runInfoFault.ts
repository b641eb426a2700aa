import { isObject } from '@understory/core';

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string' && value !== '';
const listOf =
  (check: Check, length?: number): Check =>
  (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.length === (length ?? value.length) &&
    value.every(check);
const isNumber: Check = Number.isFinite;
const isSide: Check = (value) => Number.isInteger(value) && (value as number) > 0;

const isSides: Check = (value) =>
  value === undefined || (isObject(value) && isSide(value['shortest']) && isSide(value['longest']));
const isCanvases: Check = (value) => value === undefined || listOf(listOf(isSide, 2))(value);
const isFit: Check = (value) => value === undefined || value === 'cover' || value === 'contain';

/** What a run's description holds, by dotted key, in words. */
const PARTS: Readonly<Record<string, readonly [check: Check, what: string]>> = {
  config: [isObject, 'a config'],
  folder: [isText, 'the path of a folder'],
  dataset: [isObject, 'the description of a dataset'],
  'dataset.name': [isText, 'a name'],
  'dataset.classes': [listOf(isText), 'a list of names'],
  'dataset.normalization.mean': [listOf(isNumber, 3), 'three numbers'],
  'dataset.normalization.std': [listOf(isNumber, 3), 'three numbers'],
  'dataset.size': [listOf(isSide, 2), '[height, width] in pixels'],
  'dataset.fit': [isFit, 'cover or contain'],
  'dataset.canvases': [isCanvases, 'a list of [height, width] in pixels'],
  'dataset.sides': [isSides, '{ shortest, longest } in pixels'],
};

const valueAt = (value: unknown, key: string): unknown =>
  key.split('.').reduce<unknown>((v, part) => (isObject(v) ? v[part] : undefined), value);

const shown = (value: unknown): string => {
  const text = value === undefined ? 'missing' : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
};

/** What does not fit in a run's description, as half a sentence; undefined where all does. */
export const runInfoFault = (info: unknown): string | undefined => {
  for (const [key, [check, what]] of Object.entries(PARTS)) {
    const value = valueAt(info, key);
    if (!check(value)) return `"${key}" is ${shown(value)}, where ${what} belongs`;
  }
  return undefined;
};
