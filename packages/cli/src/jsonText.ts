/** JSON has no word for these numbers; as `null` they would look like a value that is not there. */
const withNumbers = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;

/** What `--json` prints: a number that is not finite is the text "NaN", "Infinity" or "-Infinity". */
export const jsonText = (value: unknown, indent = 2): string => JSON.stringify(value, withNumbers, indent);
