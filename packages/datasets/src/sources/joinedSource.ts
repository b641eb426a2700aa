import type { FileSource, SourceFile } from './fileSource.ts';

/** A source, and the folder of the whole in which it stands; '' for the root. */
export interface SourcePart {
  readonly folder: string;
  readonly source: FileSource;
  /** Files of it that the whole does not have. */
  readonly without?: ReadonlySet<number>;
}

const inFolder = (folder: string, path: string): string => (folder === '' ? path : `${folder}/${path}`);

const placed = (file: SourceFile, folder: string): SourceFile => {
  if (folder === '') return file;
  const { at, ...rest } = file;
  const path = inFolder(folder, file.path);
  return { ...rest, path, ...(at !== undefined && at !== file.path && { at: inFolder(folder, at) }) };
};

interface Place {
  readonly source: FileSource;
  readonly index: number;
}

/** Several sources as one; closing it closes all. */
export const joinedSource = (name: string, parts: readonly SourcePart[]): FileSource => {
  const places: Place[] = [];
  const files: SourceFile[] = [];
  for (const { folder, source, without } of parts)
    source.files.forEach((file, index) => {
      if (without?.has(index)) return;
      places.push({ source, index });
      files.push(placed(file, folder));
    });
  const at = <T>(index: number, use: (source: FileSource, index: number) => T): T => {
    const place = places[index];
    if (!place) throw new RangeError(`No file ${index} of ${files.length}.`);
    return use(place.source, place.index);
  };
  return {
    name,
    files,
    folders: parts.flatMap(({ folder, source }) => source.folders.map((path) => inFolder(folder, path))),
    leftOut: parts.flatMap(({ folder, source }) =>
      source.leftOut.map(({ path, reason }) => ({ path: inFolder(folder, path), reason })),
    ),
    read: (index) => at(index, (source, i) => source.read(i)),
    size: (index) => at(index, (source, i) => source.size(i)),
    chunks: (index) => at(index, (source, i) => source.chunks(i)),
    open: (index) => at(index, (source, i) => source.open(i)),
    head: (index) => at(index, (source, i) => source.head(i)),
    stamp: (index) => at(index, (source, i) => source.stamp(i)),
    async close() {
      await Promise.all(parts.map(({ source }) => source.close()));
    },
  };
};
