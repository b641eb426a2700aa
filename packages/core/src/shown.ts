/** Cuts a text to so many characters; what was cut is told by "…". */
export const cut = (text: string, limit: number): string =>
  text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;

const readable = (_key: string, value: unknown): unknown => {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value === 'bigint') return `${value}n`;
  return typeof value === 'function' ? 'a function' : value;
};

const text = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  if (typeof value === 'string') return JSON.stringify(cut(value, 80));
  try {
    return JSON.stringify(value, readable);
  } catch {
    return 'a value that contains itself';
  }
};

/** A value for people: numbers that JSON has no word for by their own name, and at most 60 characters of it. */
export const shown = (value: unknown): string => cut(text(value), 60);

/** A whole number with its thousands apart: `1,000`. */
export const count = (n: number): string => n.toLocaleString('en');

/** How many there are of a thing: `1 epoch`, `2 epochs`, `1,000 classes`. */
export const counted = (n: number, one: string, many = `${one}s`): string =>
  `${count(n)} ${n === 1 ? one : many}`;

/** Names with commas between, as many as fit into `limit` characters, and how many more there are. */
export const listed = (names: readonly string[], limit = 150): string => {
  if (names.length === 0) return 'none';
  let count = names.length;
  while (count > 1 && names.slice(0, count).join(', ').length > limit) count--;
  const more = names.length - count;
  return names.slice(0, count).join(', ') + (more > 0 ? ` and ${more} more` : '');
};
