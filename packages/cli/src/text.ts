/** Columns of text, padded to their widest cell; numbers lean right. */
export const textTable = (header: readonly string[], rows: readonly (readonly string[])[]): string => {
  const all = [header, ...rows];
  const widths = header.map((_, c) => Math.max(...all.map((row) => (row[c] ?? '').length)));
  const numeric = header.map((_, c) =>
    rows.every((row) => /^(?:[\d.,:%± +\-–sx]|NaN|Infinity)*$/.test(row[c] ?? '')),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, c) => (numeric[c] ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!)))
      .join('  ')
      .trimEnd();
  return [line(header), widths.map((w) => '─'.repeat(w)).join('──'), ...rows.map(line)].join('\n');
};

/** Most characters of a line of a table. */
const WIDTH = 160;

/** A table, or one that lies on its side, its columns as rows, where lines would be longer than people can read. */
export const fittingTable = (header: readonly string[], rows: readonly (readonly string[])[]): string => {
  const upright = textTable(header, rows);
  const [line = ''] = upright.split('\n', 1);
  if (line.length <= WIDTH) return upright;
  const [corner = '', ...names] = header;
  return textTable(
    [corner, ...rows.map(([head = '']) => head)],
    names.map((name, c) => [name, ...rows.map((row) => row[c + 1] ?? '')]),
  );
};

/** JSON has no word for these numbers; as `null` they would look like a value that is not there. */
const withNumbers = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;

/** What `--json` prints: a number that is not finite is the text "NaN", "Infinity" or "-Infinity". */
export const jsonText = (value: unknown, indent = 2): string => JSON.stringify(value, withNumbers, indent);
