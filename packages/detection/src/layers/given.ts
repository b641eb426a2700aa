import { UnderstoryError } from '@understory/core';

/** What a layer is given, by name: its inputs in their order, or their shapes. Errors: `bad-shape` where there are fewer. */
export const given = <T, K extends string>(
  layer: string,
  list: T | readonly T[],
  names: readonly K[],
): Readonly<Record<K, T>> => {
  const all = Array.isArray(list) ? (list as readonly T[]) : [list as T];
  if (all.length < names.length)
    throw new UnderstoryError(
      'bad-shape',
      `${layer} needs ${names.length} inputs (${names.join(', ')}) and has ${all.length}.`,
    );
  return Object.fromEntries(names.map((name, i) => [name, all[i]])) as Record<K, T>;
};
