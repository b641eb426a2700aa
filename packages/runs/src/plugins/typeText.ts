export type Json = Record<string, unknown>;

/** What zod says of any whole number, which says nothing. */
const isBound = (value: unknown): value is number =>
  typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER;

/** Bounds of a number: ` 0 … 1`, ` ≥ 0`, ` > 0 and ≤ 1`. */
const rangeText = (schema: Json): string => {
  const [least, most] = [schema['minimum'], schema['maximum']];
  const [above, below] = [schema['exclusiveMinimum'], schema['exclusiveMaximum']];
  if (isBound(least) && isBound(most)) return ` ${least} … ${most}`;
  const parts = [
    isBound(least) ? `≥ ${least}` : isBound(above) ? `> ${above}` : '',
    isBound(most) ? `≤ ${most}` : isBound(below) ? `< ${below}` : '',
  ].filter((part) => part !== '');
  return parts.length > 0 ? ` ${parts.join(' and ')}` : '';
};

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const listText = ({ items, minItems, maxItems }: Json): string => {
  if (Array.isArray(items)) return `[${(items as readonly Json[]).map(typeText).join(', ')}]`;
  const one = isObject(items) && Object.keys(items).length > 0 ? typeText(items) : 'anything';
  const count = isBound(minItems) && minItems === maxItems ? `${minItems} ` : '';
  return `list of ${count}${one.includes(' | ') ? `(${one})` : one}`;
};

const objectText = ({ properties, required, additionalProperties }: Json): string => {
  if (isObject(properties)) {
    const needed = Array.isArray(required) ? required : [];
    return `{ ${Object.keys(properties)
      .map((key) => (needed.includes(key) ? key : `${key}?`))
      .join(', ')} }`;
  }
  return isObject(additionalProperties) && Object.keys(additionalProperties).length > 0
    ? `{ name: ${typeText(additionalProperties)} }`
    : 'object';
};

/** What a JSON Schema takes, in words: `number > 0`, `"all" | list of string`, `{ run, name? }`. */
export const typeText = (schema: Json): string => {
  if (Array.isArray(schema['enum'])) return schema['enum'].map((v) => JSON.stringify(v)).join(' | ');
  if (schema['const'] !== undefined) return JSON.stringify(schema['const']);
  const parts = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(parts)) return [...new Set((parts as readonly Json[]).map(typeText))].join(' | ');
  if (schema['type'] === 'array') return listText(schema);
  if (schema['type'] === 'object') return objectText(schema);
  if (schema['type'] === 'number' || schema['type'] === 'integer') return schema['type'] + rangeText(schema);
  return typeof schema['type'] === 'string' ? schema['type'] : 'name or [name, options]';
};
