import type { Stats } from 'node:fs';
import path from 'node:path';
import { stat } from 'node:fs/promises';
import { DATASET, PLACE, plugin, type DatasetFactory, type DatasetRequest } from '@understory/core';
import { namingFile } from '../boxes/annotationText.ts';
import { badDataset, shortPath } from '../errors.ts';
import { isImageName } from '../images/names.ts';
import { labelledDataset, type LabelledList } from '../labelled/labelledDataset.ts';
import type { FileSource } from '../sources/fileSource.ts';
import { singleFile } from '../sources/folderSource.ts';
import { openSource } from '../sources/openSource.ts';
import { filesByPath, imageFinder, imagesFolder } from './imagePaths.ts';
import { TableOptions, type ParsedTableOptions } from './options.ts';
import { readTable, tableKind } from './readTable.ts';
import { tableFiles, type TableFile } from './tableFiles.ts';
import { TableRows } from './tableRows.ts';

/** Where the tables lie, and where the images. */
interface Sources {
  readonly tables: FileSource;
  readonly images: FileSource;
  /** Folder of `images` that paths begin at; undefined where that is not said. */
  readonly folder: string | undefined;
  readonly table: ParsedTableOptions['table'];
}

type Open = (root: string) => Promise<FileSource>;
/** Where a path of the options lies. */
type Place = (written: string) => string;

/** What lies at a place that may be meant; undefined where nothing does that can be looked at, so that something else is meant. */
const lookAt = (place: string): Promise<Stats | undefined> => stat(place).catch(() => undefined);

const isTableFile = async (root: string): Promise<boolean> =>
  tableKind(root) !== undefined && (await lookAt(root))?.isFile() === true;

/** The folder of a table, or the table alone where the images lie elsewhere. */
const openTables = async (
  open: Open,
  { root, table, images }: ParsedTableOptions,
): Promise<Pick<Sources, 'tables' | 'table'>> => {
  if (!(await isTableFile(root))) return { tables: await open(root), table };
  if (table !== 'auto')
    throw badDataset(root, 'it is a table itself, and the option table names another. Leave one out');
  const own = path.basename(root);
  const isApart = images !== undefined && (await lookAt(path.join(path.dirname(root), images))) === undefined;
  return { tables: isApart ? singleFile(root) : await open(path.dirname(root)), table: own };
};

const openSources = async (open: Open, options: ParsedTableOptions, place: Place): Promise<Sources> => {
  const { tables, table } = await openTables(open, options);
  if (options.images === undefined) return { tables, images: tables, folder: undefined, table };
  const folder = imagesFolder(tables, options.images);
  if (folder !== undefined) return { tables, images: tables, folder, table };
  const apart = place(options.images);
  if ((await lookAt(apart)) === undefined)
    throw badDataset(
      tables.name,
      `the option images names ${JSON.stringify(shortPath(options.images, 50))}, which is neither a folder of it nor a folder, tar or zip on disk: there is nothing at ${shortPath(path.resolve(apart), 100)}`,
    );
  return { tables, images: await open(apart), folder: '', table };
};

const folderOf = ({ files }: FileSource, index: number): string =>
  path.posix.dirname(files[index]!.path).replace(/^\.$/, '');

/** Reads a table and tells how far it is, in MB. */
const readFile = async (
  { tables, images, folder }: Sources,
  { index, kind, split }: TableFile,
  rows: TableRows,
  {
    options,
    byPath,
    progress,
  }: {
    readonly options: ParsedTableOptions;
    readonly byPath: ReadonlyMap<string, number>;
    readonly progress: DatasetRequest['progress'];
  },
): Promise<void> => {
  const total = (await tables.size(index)) / 2 ** 20;
  let done = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of tables.chunks(index)) {
      done += chunk.length / 2 ** 20;
      progress?.(Math.min(done, total), total, 'reading the table, in MB');
      yield chunk;
    }
  }
  const folders = folder === undefined ? [...new Set([folderOf(tables, index), ''])] : [folder];
  const find = imageFinder(images, byPath, { folders, extension: options.extension });
  const place = { file: shortPath(tables.files[index]!.path, 40), split, find };
  await namingFile(tables, index, async () => {
    for await (const some of readTable(counted(), kind, options))
      for (const row of some) rows.add(row, place);
  });
};

/** Images that no row names. */
const unlisted = (images: FileSource, rows: TableRows, folder: string | undefined): LabelledList['left'] =>
  images.files.flatMap(({ path: file }, index) =>
    isImageName(file) &&
    !rows.isNamed(index) &&
    (folder === undefined || folder === '' || file.startsWith(`${folder}/`))
      ? [{ reason: 'images that no row names', example: shortPath(file) }]
      : [],
  );

const readList = async (
  sources: Sources,
  options: ParsedTableOptions,
  { progress }: DatasetRequest,
): Promise<LabelledList> => {
  const { images, folder } = sources;
  const rows = new TableRows(images, options);
  const byPath = filesByPath(images);
  for (const file of tableFiles(sources.tables, sources))
    await readFile(sources, file, rows, { options, byPath, progress });
  const left = [...rows.left, ...unlisted(images, rows, folder)];
  return { items: rows.items, labels: rows.labels, several: options.several !== undefined, left };
};

/**
 * Images that a CSV, a TSV or a file of JSON lines lists with their labels, in a folder, tar or zip; the table is read as a
 * stream. Errors: `bad-dataset`, `bad-archive`, `bad-annotation`, `bad-image`.
 */
export const table = (options: TableOptions, place: Place = (written) => written): DatasetFactory => {
  const parsed = TableOptions.parse(options);
  return async (request) => {
    const opened: FileSource[] = [];
    const open: Open = async (root) => {
      const source = await openSource(root, parsed.links);
      opened.push(source);
      return source;
    };
    const close = async (): Promise<void> => {
      await Promise.all(opened.map((source) => source.close()));
    };
    try {
      const sources = await openSources(open, parsed, place);
      const list = await readList(sources, parsed, request);
      return { ...(await labelledDataset(list, parsed, request)), close };
    } catch (error) {
      await close();
      throw error;
    }
  };
};

export const tablePlugin = plugin({
  token: DATASET,
  name: 'table',
  summary: 'images that a CSV, TSV or JSONL file lists with their labels',
  when: 'Pictures whose labels stand in a table, with one label each or several.',
  source: 'RFC 4180 (CSV)',
  options: TableOptions,
  paths: ['root'],
  // A folder of the root as it is written comes before a place on disk, so `images` is placed where it is opened.
  uses: { place: PLACE },
  create: ({ place, ...options }) => table(options, place),
});
