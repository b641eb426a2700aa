import { badAnnotation } from '../boxes/annotationText.ts';
import { shortPath } from '../errors.ts';
import { splitOfName } from '../images/names.ts';
import { columnsOf, columnsWithoutNames, type Columns } from './columns.ts';
import { csvRows, type Row } from './csvRows.ts';
import { jsonRows } from './jsonRows.ts';
import type { ParsedTableOptions } from './options.ts';
import { tableText } from './tableText.ts';

/** What a row says; with a fault where it says less than it must. */
export interface TableRow {
  readonly line: number;
  readonly path: string;
  readonly labels: readonly string[];
  /** As it stands there; undefined where the table has no such column. */
  readonly split: string | undefined;
  readonly fault?: string;
}

const SEPARATORS = [',', ';', '\t', '|'];
const MARKS: Readonly<Record<string, string>> = { '\t': 'tab' };

/** The separator that the first row has, outside of quotes. Errors: `bad-annotation` where it has two. */
const separatorOf =
  ({ separator }: ParsedTableOptions, isTsv: boolean) =>
  (start: string): string => {
    if (separator !== undefined) return separator;
    const line = /^\n*([^\n]*)/.exec(start.replace(/"[^"]*"/g, ''))?.[1] ?? '';
    const found = SEPARATORS.filter((mark) => line.includes(mark));
    if (isTsv || found.length === 0) return isTsv ? '\t' : ',';
    if (found.length === 1 && found[0] !== undefined) return found[0];
    throw badAnnotation(
      `its first line has ${found.map((mark) => MARKS[mark] ?? mark).join(' and ')} in it. Say what stands between its cells with the dataset's option separator`,
    );
  };

/** Cells of a row by their column. */
type Cells = (column: number) => unknown;

const shown = (value: unknown): string =>
  value === undefined ? 'missing' : JSON.stringify(value).slice(0, 40);

/** A text, or a number as one; undefined for anything else. */
const textOf = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value.trim();
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
};

const labelsOf = (value: unknown, { several }: ParsedTableOptions): readonly string[] | undefined => {
  if (Array.isArray(value)) {
    const labels = several === undefined ? [] : value.flatMap((one) => textOf(one) ?? []);
    return labels.length === value.length && several !== undefined ? labels.filter(Boolean) : undefined;
  }
  const text = textOf(value);
  if (several === undefined) return text === undefined || text === '' ? undefined : [text];
  if (value === null) return [];
  return text?.split(several).flatMap((one) => one.trim() || []);
};

const NO_LIST = 'a list of labels, which the option several takes';

const rowOf = (line: number, cells: Cells, columns: Columns, options: ParsedTableOptions): TableRow => {
  const [path, label] = [textOf(cells(columns.path)), cells(columns.label)];
  const labels = labelsOf(label, options);
  const split = columns.split === undefined ? undefined : textOf(cells(columns.split));
  const row = { line, path: path ?? '', labels: labels ?? [], split };
  if (path === undefined || path === '')
    return { ...row, fault: `its path is ${shown(cells(columns.path))}` };
  if (labels === undefined)
    return {
      ...row,
      fault: `its label is ${Array.isArray(label) && options.several === undefined ? NO_LIST : shown(label)} (${shortPath(path, 40)})`,
    };
  if (columns.split !== undefined && split === undefined)
    return { ...row, fault: `its split is ${shown(cells(columns.split))}` };
  return row;
};

const isSplit = (value: unknown): boolean => {
  const found = splitOfName(textOf(value) ?? '');
  return found !== undefined && found.rest === '';
};

/** Takes a column for the split whose name may be one's, where its first cell is. */
const settled = (columns: Columns, cells: Cells): Columns =>
  columns.maybeSplit !== undefined && isSplit(cells(columns.maybeSplit))
    ? { ...columns, split: columns.maybeSplit, maybeSplit: undefined }
    : { ...columns, maybeSplit: undefined };

const fault = ({ line, fault: why = '' }: Row<unknown>): TableRow => ({
  line,
  path: '',
  labels: [],
  split: undefined,
  fault: why,
});

async function* csvTable(
  text: AsyncIterable<string>,
  options: ParsedTableOptions,
  isTsv: boolean,
): AsyncGenerator<TableRow[]> {
  let columns: Columns | undefined;
  let width = 0;
  let isFirst = true;
  const read = (row: Row<readonly string[]>): TableRow[] => {
    const { line, value } = row;
    if (!columns) {
      width = value.length;
      columns = options.header
        ? columnsOf(
            value.map((name) => name.trim()),
            options,
          )
        : columnsWithoutNames(width, options);
      if (row.fault !== undefined) throw badAnnotation(`line ${line}: ${row.fault}`);
      if (options.header) return [];
    }
    if (row.fault !== undefined) return [fault(row)];
    if (value.length !== width)
      return [fault({ ...row, fault: `${value.length} cells, and the first row has ${width}` })];
    const cells: Cells = (column) => value[column];
    if (isFirst) columns = settled(columns, cells);
    isFirst = false;
    return [rowOf(line, cells, columns, options)];
  };
  for await (const rows of csvRows(text, separatorOf(options, isTsv))) yield rows.flatMap(read);
  if (!columns) throw badAnnotation('it has no row');
}

async function* jsonTable(
  text: AsyncIterable<string>,
  options: ParsedTableOptions,
): AsyncGenerator<TableRow[]> {
  let columns: Columns | undefined;
  let names: string[] = [];
  const read = (row: Row<Readonly<Record<string, unknown>>>): TableRow => {
    const { line, value } = row;
    if (row.fault !== undefined) return fault(row);
    const cells: Cells = (column) => {
      const name = names[column] ?? '';
      return Object.hasOwn(value, name) ? value[name] : undefined;
    };
    if (!columns) {
      names = Object.keys(value);
      if (names.length === 0) throw badAnnotation(`line ${line}: an object without keys`);
      columns = settled(columnsOf(names, options), cells);
    }
    return rowOf(line, cells, columns, options);
  };
  for await (const rows of jsonRows(text)) yield rows.map(read);
  if (!columns && names.length === 0) throw badAnnotation('it has no row');
}

/** What kind of table a file is by its name; undefined where it is none. */
export const tableKind = (path: string): 'csv' | 'tsv' | 'jsonl' | undefined => {
  if (/\.(jsonl|ndjson)$/i.test(path)) return 'jsonl';
  if (/\.(tsv|tab)$/i.test(path)) return 'tsv';
  return /\.(csv|txt)$/i.test(path) ? 'csv' : undefined;
};

/** The rows of a table, some hundreds at a time. Errors: `bad-annotation`, with the line where one is at fault. */
export const readTable = (
  chunks: AsyncIterable<Uint8Array>,
  kind: 'csv' | 'tsv' | 'jsonl',
  options: ParsedTableOptions,
): AsyncGenerator<TableRow[]> => {
  const text = tableText(chunks);
  return kind === 'jsonl' ? jsonTable(text, options) : csvTable(text, options, kind === 'tsv');
};
