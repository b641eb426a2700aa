import type { Chunk, Footer, Leaf, ReadPart } from './footer.ts';
import { pagesOf, readPage, type PageContent, type Values } from './pages.ts';

/** Most labels an image, on average over a row group. */
const MAX_LABELS = 256;

/** A value as a label: a number, or a text. */
const labelOf = (value: Values[number] | undefined): string => {
  if (value instanceof Uint8Array) return new TextDecoder('utf-8', { fatal: true }).decode(value).trim();
  return String(value);
};

/** Labels of each row; undefined of one that has none. */
type RowLabelList = (readonly string[] | undefined)[];

const addRows = (
  rows: RowLabelList,
  { repetition, definition, values }: PageContent,
  leaf: Leaf,
  places: number,
): void => {
  let used = 0;
  for (let i = 0; i < places; i++) {
    const isThere = definition.length === 0 || definition[i] === leaf.definition;
    const label = isThere ? [labelOf(values[used++])] : [];
    const before = rows.at(-1);
    if (repetition.length > 0 && repetition[i] !== 0 && before) rows[rows.length - 1] = [...before, ...label];
    else rows.push(leaf.repetition === 0 && !isThere ? undefined : label);
  }
};

const chunkLabels = async (part: ReadPart, chunk: Chunk, leaf: Leaf, rows: number): Promise<RowLabelList> => {
  const { codec } = chunk;
  const { dictionary, pages } = await pagesOf(part, chunk, leaf.repetition > 0 ? rows * MAX_LABELS : rows);
  const known =
    dictionary && (await readPage(part, dictionary, leaf, { codec, dictionary: undefined })).values;
  const found: RowLabelList = [];
  for (const page of pages)
    addRows(found, await readPage(part, page, leaf, { codec, dictionary: known }), leaf, page.values);
  if (found.length !== rows) throw new Error(`${found.length} labels, in a row group of ${rows} rows`);
  return found;
};

/** The labels of a file, one row group after another. Errors tell what is wrong. */
export async function* readLabels(
  part: ReadPart,
  { groups }: Footer,
  leaf: Leaf,
): AsyncGenerator<RowLabelList> {
  for (const { rows, chunks } of groups) {
    const chunk = chunks[leaf.column];
    if (chunk && rows > 0) yield await chunkLabels(part, chunk, leaf, rows);
  }
}
