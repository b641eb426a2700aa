/** The parts of a zod schema that are read here; another library's schema shows none of them, and nothing is known of it. */
interface Shown {
  readonly description?: string;
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly def?: {
    readonly innerType?: unknown;
    readonly in?: unknown;
    readonly options?: readonly unknown[];
    readonly element?: unknown;
    readonly items?: readonly unknown[];
    readonly valueType?: unknown;
  };
}

const partsOf = (schema: unknown): Shown => (typeof schema === 'object' && schema !== null ? schema : {});

/** The schemas behind defaults, optional keys and alternatives. */
const alternatives = (schema: unknown): readonly Shown[] => {
  const shown = partsOf(schema);
  const inner = shown.def?.innerType ?? shown.def?.in;
  if (inner !== undefined) return alternatives(inner);
  return shown.def?.options ? shown.def.options.flatMap(alternatives) : [shown];
};

const child = ({ shape, def }: Shown, key: PropertyKey): unknown => {
  if (typeof key === 'number') return def?.items?.[key] ?? def?.element;
  const known = shape && Object.hasOwn(shape, key) ? shape[String(key)] : undefined;
  return known ?? def?.valueType;
};

/** The schema of what lies at a path. */
export const schemaAt = (schema: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (at, key) =>
      alternatives(at)
        .map((one) => child(one, key))
        .find((found) => found !== undefined),
    schema,
  );

/** What a schema's author says of it. */
export const descriptionOf = (schema: unknown): string | undefined => {
  const { description, def } = partsOf(schema);
  return description ?? (def?.innerType === undefined ? undefined : descriptionOf(def.innerType));
};

/** Keys of an object schema, or of all objects among its alternatives, where the library shows them. */
export const schemaKeys = (schema: unknown): readonly string[] => [
  ...new Set(alternatives(schema).flatMap(({ shape }) => Object.keys(shape ?? {}))),
];

/** Whether a schema is known to take a list whose items are alike. */
export const takesList = (schema: unknown): boolean =>
  alternatives(schema).some(({ def }) => def?.element !== undefined);
