import { UnderstoryError, type DatasetRequest } from '@understory/core';
import { shortNames, shortPath } from '../errors.ts';
import type { LabelledItem, LabelledList } from '../labelled/labelledDataset.ts';
import { RowLabels } from '../labelled/labels.ts';
import type { FileSource } from '../sources/fileSource.ts';
import { imageColumns, type ImageColumns } from './columns.ts';
import { readFooter, type Footer, type ReadPart } from './footer.ts';
import { imageRows } from './imageRows.ts';
import { readLabels } from './labelColumn.ts';
import type { ParsedParquetOptions } from './options.ts';
import { PageCache } from './pageCache.ts';
import { parquetFiles, type ParquetFile } from './parquetFiles.ts';

/** Most memory for pages that were unpacked, in bytes. */
const CACHE = 2 ** 26;

const partOf = async (source: FileSource, index: number): Promise<ReadPart> => {
  const bytes = await source.open(index);
  return (from, length) => bytes.read(from, length);
};

/** What is read of a file; an error names it. */
const namingFile = async <T>(source: FileSource, index: number, read: () => Promise<T>): Promise<T> => {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UnderstoryError) throw error;
    const reason = (error instanceof Error ? error.message : String(error)).slice(0, 220);
    const path = shortPath(source.files[index]?.path ?? '', 50);
    throw new UnderstoryError(
      'bad-dataset',
      `Cannot read ${path} in ${shortPath(source.name, 32)}: ${reason}.`,
      { cause: error },
    );
  }
};

/** What all files of a dataset come to. */
interface Gathered {
  readonly items: LabelledItem[];
  readonly labels: RowLabels;
  /** Names of the classes, as the first file says them. */
  names?: readonly string[] | undefined;
}

const named = (label: string, names: readonly string[] | undefined, row: number): string => {
  if (!names) return label;
  const name = /^\d+$/.test(label) ? names[Number(label)] : undefined;
  if (name !== undefined) return name;
  const cure =
    label === '-1' ? ". Such rows have none: name the files to use with the dataset's option splits" : '';
  throw new Error(
    `row ${row} has the label ${shortPath(label, 20)}, and the file names ${names.length} classes (0 … ${names.length - 1})${cure}`,
  );
};

const checkNames = (
  first: readonly string[] | undefined,
  names: readonly string[] | undefined,
  column: string,
): void => {
  if ((first ?? []).join('\n') === (names ?? []).join('\n')) return;
  throw new Error(
    `its column ${JSON.stringify(column)} names the classes ${shortNames(names ?? ['(none)'])}, and the first file ${shortNames(first ?? ['(none)'])}. Give files of one dataset`,
  );
};

interface OpenedFile {
  readonly part: ReadPart;
  readonly footer: Footer;
  readonly columns: ImageColumns;
}

const openFile = async (
  source: FileSource,
  index: number,
  options: ParsedParquetOptions,
): Promise<OpenedFile> => {
  const part = await partOf(source, index);
  const footer = await readFooter(part, await source.size(index));
  return { part, footer, columns: imageColumns(footer, options) };
};

/** Adds the rows of a file. Errors tell what is wrong with it. */
const addFile = async (
  source: FileSource,
  { index, split }: ParquetFile,
  gathered: Gathered,
  { options, cache }: { readonly options: ParsedParquetOptions; readonly cache: PageCache },
): Promise<void> => {
  const { part, footer, columns } = await openFile(source, index, options);
  const { names, labelName } = columns;
  if (gathered.items.length === 0) gathered.names = names;
  else checkNames(gathered.names, names, labelName);
  const images = imageRows({ source, index, part, footer, columns, cache });
  let row = 0;
  for await (const group of readLabels(part, footer, columns.label)) {
    for (const labels of group) {
      if (labels === undefined || labels.includes(''))
        throw new Error(`row ${row} has no label in column ${JSON.stringify(labelName)}`);
      const all = labels.map((label) => named(label, names, row));
      const className = options.several ? undefined : all[0];
      gathered.items.push({ source: images, index: row, split, row: gathered.labels.add(all), className });
      row++;
    }
  }
};

/** The images and labels of a source's files. Errors: `bad-dataset`. */
export const readList = async (
  source: FileSource,
  options: ParsedParquetOptions,
  { progress }: DatasetRequest,
): Promise<LabelledList> => {
  const files = parquetFiles(source, options);
  const gathered: Gathered = { items: [], labels: new RowLabels() };
  const cache = new PageCache(CACHE);
  for (const [done, file] of files.entries()) {
    await namingFile(source, file.index, () => addFile(source, file, gathered, { options, cache }));
    progress?.(done + 1, files.length, 'reading labels');
  }
  const used = new Set(files.map(({ index }) => index));
  const left = source.files.flatMap(({ path }, index) =>
    /\.parquet$/i.test(path) && !used.has(index)
      ? [{ reason: 'files that the option splits leaves out', example: shortPath(path) }]
      : [],
  );
  const { items, labels, names } = gathered;
  return { items, labels, several: options.several, classes: names, left };
};
