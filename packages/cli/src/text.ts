import { stripVTControlCharacters } from 'node:util';
import { paint } from './output/paint.ts';
import { columnsOf, wrapTo } from './output/width.ts';

type Row = readonly string[];

/** Text of somebody's file, without what would steer the terminal. */
export const oneLine = (text: string): string => text.replaceAll(/\p{Cc}/gu, '?');

/** The same of a table's cells, which may be painted. */
const steerless = (rows: readonly Row[]): Row[] =>
  rows.map((row) => row.map((cell) => cell.replaceAll(/(?!\x1b\[[\d;]*m)\p{Cc}/gu, '?')));

const isNumeric = (cell: string): boolean => /^(?:[\d.,:%± +\-–sx]|NaN|Infinity)*$/.test(cell);

const widthsOf = (header: Row, rows: readonly Row[]): number[] =>
  header.map((_, c) => Math.max(...[header, ...rows].map((row) => (row[c] ?? '').length)));

/** Columns of text, padded to their widest cell; numbers lean right. */
const columnsText = (header: Row, rows: readonly Row[]): string => {
  const widths = widthsOf(header, rows);
  const numeric = header.map((_, c) => rows.every((row) => isNumeric(row[c] ?? '')));
  const line = (row: Row): string =>
    row
      .map((cell, c) => (numeric[c] ? cell.padStart(widths[c] ?? 0) : cell.padEnd(widths[c] ?? 0)))
      .join('  ')
      .trimEnd();
  const rule = widths.map((w) => '─'.repeat(w)).join('──');
  return [paint('bold', line(header)), paint('dim', rule), ...rows.map(line)].join('\n');
};

/** Least columns of a cell whose words are broken into lines. */
const LEAST = 16;

/** The table with its widest column of words in several lines; undefined where too little room is left for it. */
const brokenTable = (header: Row, rows: readonly Row[], width: number): string | undefined => {
  const widths = widthsOf(header, rows);
  const widest = widths.indexOf(Math.max(...widths));
  const room = width - widths.reduce((sum, w, c) => sum + (c === widest ? 0 : w + 2), 0);
  if (room < LEAST || rows.every((row) => isNumeric(row[widest] ?? ''))) return undefined;
  const broken = rows.flatMap((row) =>
    wrapTo(row[widest] ?? '', room).map((part, i) =>
      header.map((_, c) => (c === widest ? part : i === 0 ? (row[c] ?? '') : '')),
    ),
  );
  const text = columnsText(header, broken);
  return lineOf(text) <= width ? text : undefined;
};

/** Each row by itself, its cells below its first one: for terminals in which no table fits. */
const listedRows = (header: Row, rows: readonly Row[], width: number): string =>
  rows
    .map(([head = '', ...cells]) =>
      [
        paint('bold', head || '–'),
        ...cells.flatMap((cell, c) => {
          const name = header[c + 1] ?? '';
          return cell === '' ? [] : wrapTo(`  ${name === '' ? '' : `${name}: `}${cell}`, width, '    ');
        }),
      ].join('\n'),
    )
    .join('\n');

const lineOf = (text: string): number =>
  Math.max(
    ...stripVTControlCharacters(text)
      .split('\n')
      .map((l) => l.length),
  );

/** A table that lies on its side, its columns as rows. */
const lying = (header: Row, rows: readonly Row[]): [Row, Row[]] => {
  const [corner = '', ...names] = header;
  return [
    [corner, ...rows.map(([head = '']) => head)],
    names.map((name, c) => [name, ...rows.map((row) => row[c + 1] ?? '')]),
  ];
};

/** A table as wide as the terminal at most: its words in several lines, or its rows one below the other, where it must be. */
export const textTable = (names: Row, given: readonly Row[], width = columnsOf() ?? Infinity): string => {
  const [header = [], ...rows] = steerless([names, ...given]);
  const whole = columnsText(header, rows);
  if (lineOf(whole) <= width) return whole;
  return brokenTable(header, rows, width) ?? listedRows(header, rows, width);
};

/** Most characters of a line of a table where nobody says how wide the terminal is. */
const WIDTH = 160;

/** A table, or one that lies on its side where lines would be longer than people can read. */
export const fittingTable = (header: Row, rows: readonly Row[], width = columnsOf() ?? WIDTH): string => {
  const upright = textTable(header, rows, Infinity);
  if (lineOf(upright) <= width) return upright;
  return textTable(...lying(header, rows), width);
};

/** A number as people read it: `12,345`. */
export const count = (n: number): string => n.toLocaleString('en');

/** JSON has no word for these numbers; as `null` they would look like a value that is not there. */
const withNumbers = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;

/** What `--json` prints: a number that is not finite is the text "NaN", "Infinity" or "-Infinity". */
export const jsonText = (value: unknown, indent = 2): string => JSON.stringify(value, withNumbers, indent);
