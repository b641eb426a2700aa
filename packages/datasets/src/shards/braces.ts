import { UnderstoryError } from '@understory/core';

/** Most files that a pattern may stand for. */
const MAX_FILES = 100_000;

const tooMany = (pattern: string): UnderstoryError =>
  new UnderstoryError(
    'bad-option',
    `${JSON.stringify(pattern.slice(0, 80))} stands for more than ${MAX_FILES} files. Name the folder instead.`,
  );

/** The numbers of `{first..last}`, filled up with zeros as the longer one is, upwards or downwards. */
const range = (first: string, last: string, pattern: string): string[] => {
  const [from, to] = [Number(first), Number(last)];
  if (!(Math.abs(to - from) < MAX_FILES)) throw tooMany(pattern);
  const padded = /^0\d/.test(first) || /^0\d/.test(last);
  const width = padded ? Math.max(first.length, last.length) : 0;
  const step = from <= to ? 1 : -1;
  return Array.from({ length: Math.abs(to - from) + 1 }, (_, i) =>
    String(from + i * step).padStart(width, '0'),
  );
};

/** What a pair of braces stands for: `{000..059}` or `{a,b}`; undefined where they stand for themselves. */
const choices = (inside: string, pattern: string): string[] | undefined => {
  const numbers = /^(\d{1,15})\.\.(\d{1,15})$/.exec(inside);
  if (numbers) return range(numbers[1]!, numbers[2]!, pattern);
  return inside.includes(',') ? inside.split(',') : undefined;
};

/**
 * The names that a pattern stands for, as a shell and webdataset expand braces that lie in no others: `train-{000..059}.tar`,
 * `{a,b}/{0..9}.tar`. Errors: `bad-option` for more than 100,000.
 */
export const expandBraces = (pattern: string): string[] => {
  let names = [''];
  let at = 0;
  for (const { 0: whole, 1: inside = '', index } of pattern.matchAll(/\{([^{}]*)\}/g)) {
    const before = pattern.slice(at, index);
    const own = choices(inside, pattern) ?? [whole];
    if (names.length * own.length > MAX_FILES) throw tooMany(pattern);
    names = names.flatMap((name) => own.map((choice) => name + before + choice));
    at = index + whole.length;
  }
  return names.map((name) => name + pattern.slice(at));
};
