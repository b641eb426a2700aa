import type { AnyPlugin } from '@understory/core';

/** What is read of a zod schema here: enough to find the options that choose between ways. */
interface Schema {
  readonly def: {
    readonly type: string;
    readonly innerType?: Schema;
    readonly options?: readonly Schema[];
    readonly entries?: Readonly<Record<string, unknown>>;
    readonly values?: readonly unknown[];
  };
}

const choicesOf = ({ def }: Schema): readonly unknown[] => {
  if (def.type === 'boolean') return [true, false];
  if (def.type === 'enum') return Object.values(def.entries ?? {});
  if (def.type === 'literal') return def.values ?? [];
  if (def.type === 'union') return (def.options ?? []).flatMap(choicesOf);
  return def.innerType ? choicesOf(def.innerType) : [];
};

/** The schemas of a plugin's options, by key. */
export const shapeOf = ({ options }: AnyPlugin): Readonly<Record<string, Schema>> =>
  'shape' in options ? (options.shape as Readonly<Record<string, Schema>>) : {};

/** A plugin's options as they are, and with every other choice of each option that has a few. */
export const variantsOf = (plugin: AnyPlugin, given: object = {}): readonly object[] => {
  const others = Object.entries(shapeOf(plugin)).flatMap(([key, schema]) =>
    key in given ? [] : choicesOf(schema).map((value) => ({ ...given, [key]: value })),
  );
  return [given, ...others];
};
