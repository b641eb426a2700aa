import { cut, isObject, nearest, shown, UnderstoryError } from '@understory/core';

/** A number, with what it is where nothing is said. Bounds are included, but for `above`. */
export interface NumberOption {
  readonly default: number;
  readonly about: string;
  readonly whole?: true;
  readonly min?: number;
  readonly above?: number;
  readonly max?: number;
}

/** One of some words. */
export interface ChoiceOption<C extends string = string> {
  readonly default: C;
  readonly about: string;
  readonly choices: readonly C[];
}

/**
 * The options of a loss by name: from this one table come the types, what the function itself refuses, and the schema and
 * the page of its plugin. So the functions need no schema library, which is many times as large as they are.
 */
export type Options = Readonly<Record<string, NumberOption | ChoiceOption>>;

type ValueOf<O> = O extends ChoiceOption<infer C> ? C : number;
/** What a user gives: any of the options. */
export type Given<T extends Options> = { readonly [K in keyof T]?: ValueOf<T[K]> | undefined };
/** What a function gets: all of them. */
export type Checked<T extends Options> = { readonly [K in keyof T]: ValueOf<T[K]> };

export const positive = (value: number, about: string): NumberOption => ({ default: value, about, above: 0 });
export const notNegative = (value: number, about: string): NumberOption => ({
  default: value,
  about,
  min: 0,
});
export const share = (value: number, about: string): NumberOption => ({
  default: value,
  about,
  min: 0,
  max: 1,
});
export const whole = (value: number, min: number, about: string): NumberOption => ({
  default: value,
  about,
  whole: true,
  min,
});
export const choice = <const C extends string>(
  choices: readonly C[],
  value: NoInfer<C>,
  about: string,
): ChoiceOption<C> => ({ default: value, about, choices });

/** What a value is to be, for a message: `a number above 0`. */
const wanted = (option: NumberOption | ChoiceOption): string => {
  if ('choices' in option) return `one of ${option.choices.map((c) => `"${c}"`).join(', ')}`;
  const { whole: isWhole, min, above, max } = option;
  const bounds = [
    ...(above === undefined ? [] : [`above ${above}`]),
    ...(min === undefined ? [] : [`of ${min} or more`]),
    ...(max === undefined ? [] : [`of ${max} or less`]),
  ];
  return [isWhole ? 'a whole number' : 'a number', bounds.join(' and ')].filter(Boolean).join(' ');
};

const isSound = (option: NumberOption | ChoiceOption, value: unknown): boolean => {
  if ('choices' in option) return typeof value === 'string' && option.choices.includes(value);
  const { whole: isWhole, min = -Infinity, above = -Infinity, max = Infinity } = option;
  const isNumber = isWhole ? Number.isSafeInteger(value) : Number.isFinite(value);
  return isNumber && Number(value) >= min && Number(value) > above && Number(value) <= max;
};

const refuse = (loss: string, what: string): never => {
  throw new UnderstoryError('bad-option', `${loss}: ${what}`);
};

const refuseKey = (loss: string, key: string, known: readonly string[]): never => {
  const near = nearest(key, known);
  const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
  const choices = known.length > 0 ? `Known: ${known.join(', ')}.` : 'It has none.';
  return refuse(loss, `there is no option "${cut(key, 60)}".${hint} ${choices}`);
};

/** All options of a loss, checked: those that are given, else their defaults. Throws `bad-option`, which names the option, its value and what it is to be. */
export const readOptions = <const T extends Options>(loss: string, table: T, given: Given<T>): Checked<T> => {
  if (!isObject(given)) return refuse(loss, `options are an object, not ${shown(given)}.`);
  const known = Object.keys(table);
  for (const key of Object.keys(given)) if (!known.includes(key)) refuseKey(loss, key, known);
  const read = known.map((key) => {
    const option = table[key]!;
    const value: unknown = given[key] === undefined ? option.default : given[key];
    if (!isSound(option, value))
      refuse(loss, `option "${key}" is ${shown(value)}. Give ${wanted(option)}: ${option.about}.`);
    return [key, value];
  });
  return Object.fromEntries(read) as Checked<T>;
};
