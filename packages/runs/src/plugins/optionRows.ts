import { typeText, type Json } from './typeText.ts';

export interface OptionRow {
  readonly name: string;
  /** What it takes, with the bounds of numbers: `number 0 … 1`. */
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
        type: typeText(value),
        default: fallback,
        about: (value['description'] as string | undefined) ?? '',
      },
    ];
  });
