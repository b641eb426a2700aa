import type Papa from 'papaparse';
import { badAnnotation } from '../boxes/annotationText.ts';

/** A row of a table, with the line that it begins on. */
export interface Row<T> {
  readonly line: number;
  readonly value: T;
  /** Why it cannot be read; its value is what there is of it. */
  readonly fault?: string;
}

/** Longest row, in characters: a quote that is never closed would make one of all that follows. */
export const MAX_ROW = 2 ** 20;

const QUOTE = 34;
const LINE_END = 10;

/** Where the last whole row of a text ends: behind its last line's end that is in no quotes; 0 where none is whole. */
const endOfRows = (text: string): number => {
  let end = 0;
  let inQuotes = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) inQuotes = !inQuotes;
    else if (code === LINE_END && !inQuotes) end = at + 1;
  }
  return end;
};

const linesIn = (cells: readonly string[]): number =>
  cells.reduce((lines, cell) => lines + (cell.includes('\n') ? cell.split('\n').length - 1 : 0), 1);

const faultsOf = (errors: readonly Papa.ParseError[]): Map<number, string> =>
  new Map(
    errors.map(({ row = 0, code }) => [
      row,
      code === 'MissingQuotes' ? 'a quote is not closed' : 'something stands behind a closing quote',
    ]),
  );

/** The rows of a text that holds whole ones, from a line on. */
const rowsOf = (
  { data, errors }: Papa.ParseResult<readonly string[]>,
  text: string,
  line: number,
): { rows: Row<readonly string[]>[]; next: number } => {
  const faults = faultsOf(errors);
  const rows: Row<readonly string[]>[] = [];
  let at = line;
  data.forEach((value, i) => {
    const fault = faults.get(i);
    const isBlank = value.length === 1 && value[0]?.trim() === '';
    if (!isBlank || fault !== undefined)
      rows.push({ line: at, value, ...(fault !== undefined && { fault }) });
    at += linesIn(value);
  });
  // A text that ends with a line's end has an empty row behind it, which is the next text's first.
  return { rows, next: text.endsWith('\n') ? at - 1 : at };
};

const tooLong = (line: number): Error =>
  badAnnotation(
    `line ${line}: a row of over ${MAX_ROW / 2 ** 20} MB, as a quote that is not closed makes one. Close it, or give the dataset's option separator`,
  );

/** Reads the rows of a CSV (RFC 4180) as a stream; blank lines are none. Memory is bounded. Errors: `bad-annotation`. */
export async function* csvRows(
  text: AsyncIterable<string>,
  separator: (start: string) => string,
): AsyncGenerator<Row<readonly string[]>[]> {
  const { default: Papa } = await import('papaparse');
  const parse = (whole: string, delimiter: string): Papa.ParseResult<readonly string[]> =>
    Papa.parse(whole, { delimiter, newline: '\n' });
  let rest = '';
  let line = 1;
  let mark: string | undefined;
  for await (const piece of text) {
    rest += piece;
    const end = endOfRows(rest);
    if (rest.length - end > MAX_ROW)
      throw tooLong(line + (end > 0 ? rest.slice(0, end).split('\n').length - 1 : 0));
    if (end === 0) continue;
    mark ??= separator(rest);
    const whole = rest.slice(0, end);
    const { rows, next } = rowsOf(parse(whole, mark), whole, line);
    [rest, line] = [rest.slice(end), next];
    yield rows;
  }
  if (rest !== '') yield rowsOf(parse(rest, mark ?? separator(rest)), rest, line).rows;
}
