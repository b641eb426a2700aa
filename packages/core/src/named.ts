import { unknownName } from './errors.ts';

/** Values by name. */
export type Named<T> = Readonly<Record<string, T>>;

/** The value of a name: an output, a target, what an augmentation drew. Errors: `unknown-name`, with all names that there are. */
export const byName = <T>(values: Named<T>, name: string): T => {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (value === undefined) throw unknownName('value', name, Object.keys(values));
  return value;
};

/** The values with a prefix before their names. */
export const withPrefix = <T>(prefix: string, values: Named<T>): Record<string, T> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));

/** Values whose names begin with a prefix, without it. */
export const partOf = <T>(values: Named<T>, prefix: string): Record<string, T> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
    ),
  );

/** Each value made into another, under its name. */
export const mapNamed = <T, U>(values: Named<T>, make: (value: T, name: string) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, make(value, name)]));
