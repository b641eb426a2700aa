type Json = Record<string, unknown>;

const typeOf = (schema: Json): string => {
  if (Array.isArray(schema['enum'])) return schema['enum'].map((v) => JSON.stringify(v)).join(' | ');
  if (schema['const'] !== undefined) return JSON.stringify(schema['const']);
  const parts = (schema['anyOf'] ?? schema['oneOf']) as Json[] | undefined;
  if (parts) return parts.map(typeOf).join(' | ');
  return typeof schema['type'] === 'string' ? schema['type'] : 'name or [name, options]';
};

export interface OptionRow {
  readonly name: string;
  readonly type: string;
  readonly default: string;
  readonly about: string;
}

/** The options of a JSON Schema object as rows of help; nested objects by dotted names. */
export const optionRows = (schema: Json, prefix = ''): OptionRow[] =>
  Object.entries((schema['properties'] as Record<string, Json> | undefined) ?? {}).flatMap(([key, value]) => {
    const name = prefix + key;
    if (value['properties']) return optionRows(value, `${name}.`);
    const fallback = value['default'] === undefined ? '' : JSON.stringify(value['default']);
    return [
      {
        name,
        type: typeOf(value),
        default: fallback,
        about: (value['description'] as string | undefined) ?? '',
      },
    ];
  });
