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

/** The files of all parts, and where each lies: its part, and its number there. */
interface JoinedFiles {
  readonly files: readonly SourceFile[];
  readonly parts: Int32Array;
  readonly indices: Int32Array;
}

const joinFiles = (parts: readonly SourcePart[]): JoinedFiles => {
  const files: SourceFile[] = [];
  const [of, indices]: [number[], number[]] = [[], []];
  parts.forEach(({ folder, source, without }, part) => {
    source.files.forEach((file, index) => {
      if (without?.has(index)) return;
      files.push(placed(file, folder));
      of.push(part);
      indices.push(index);
    });
  });
  return { files, parts: Int32Array.from(of), indices: Int32Array.from(indices) };
};

/** Several sources as one; closing it closes all. */
export const joinedSource = (name: string, parts: readonly SourcePart[]): FileSource => {
  const { files, parts: of, indices } = joinFiles(parts);
  // Their own lists of files are let go: a thousand archives have a million.
  const sources = parts.map(({ source }): FileSource => ({ ...source, files: [] }));
  const at = <T>(index: number, use: (source: FileSource, index: number) => T): T => {
    const [source, own] = [sources[of[index] ?? -1], indices[index]];
    if (!source || own === undefined) throw new RangeError(`No file ${index} of ${files.length}.`);
    return use(source, own);
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
      await Promise.all(sources.map((source) => source.close()));
    },
  };
};
