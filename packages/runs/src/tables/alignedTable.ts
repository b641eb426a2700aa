/** A table in Markdown whose columns are padded, as prettier leaves them. */
export const alignedTable = (header: readonly string[], rows: readonly (readonly string[])[]): string => {
  const widths = header.map((_, c) => Math.max(3, ...[header, ...rows].map((row) => row[c]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, c) => cell.padEnd(widths[c]!)).join(' | ')} |`;
  return [line(header), line(widths.map((w) => '-'.repeat(w))), ...rows.map(line)].join('\n');
};
