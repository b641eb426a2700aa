import { parquetMetadata, type ColumnMetaData, type FileMetaData, type SchemaElement } from 'hyparquet';
import { thriftEnd } from './thriftGuard.ts';

/** A part of a file: `length` bytes from byte `from` on. */
export type ReadPart = (from: number, length: number) => Promise<Uint8Array>;

/** A column of plain values. */
export interface Leaf {
  /** Names from the root on: `image`, `bytes`. */
  readonly path: readonly string[];
  readonly element: SchemaElement;
  /** Level at which a value is there; how many lists it lies in. */
  readonly definition: number;
  readonly repetition: number;
  /** Its position among the columns of a row group. */
  readonly column: number;
}

/** Where a column's values of one row group lie. */
export interface Chunk extends Pick<ColumnMetaData, 'codec' | 'type'> {
  readonly from: number;
  readonly end: number;
}

export interface RowGroup {
  readonly rows: number;
  /** By the position of the column. */
  readonly chunks: readonly Chunk[];
}

/** What a file says of itself. */
export interface Footer {
  readonly rows: number;
  readonly groups: readonly RowGroup[];
  readonly leaves: readonly Leaf[];
  readonly metadata: ReadonlyMap<string, string>;
}

const TAIL = 8;
const MAX_FOOTER = 2 ** 26;
const MAX_DEPTH = 16;
const MAX_COLUMNS = 10_000;

/** The columns of a schema, which is a tree written in order. */
const leavesOf = (schema: readonly SchemaElement[]): Leaf[] => {
  if (schema.length > MAX_COLUMNS) throw new Error(`a schema of ${schema.length} parts`);
  const leaves: Leaf[] = [];
  let next = 1;
  const walk = (children: number, above: Omit<Leaf, 'element' | 'column'>): void => {
    if (above.path.length > MAX_DEPTH) throw new Error(`columns nested over ${MAX_DEPTH} deep`);
    for (let i = 0; i < children; i++) {
      const element = schema[next++];
      if (!element) throw new Error('a schema that ends in the middle');
      const { repetition_type: kind, name, num_children: below = 0 } = element;
      const place = {
        path: [...above.path, name],
        definition: above.definition + (kind === 'REQUIRED' ? 0 : 1),
        repetition: above.repetition + (kind === 'REPEATED' ? 1 : 0),
      };
      if (below > 0) walk(below, place);
      else leaves.push({ ...place, element, column: leaves.length });
    }
  };
  walk(schema[0]?.num_children ?? 0, { path: [], definition: 0, repetition: 0 });
  return leaves;
};

const chunkOf = (column: ColumnMetaData | undefined, size: number): Chunk => {
  if (!column) throw new Error('a column whose place is not told, as encrypted files have them');
  const starts = [column.data_page_offset, column.dictionary_page_offset ?? 0n].map(Number);
  const from = Math.min(...starts.filter((start) => start > 0));
  const end = from + Number(column.total_compressed_size);
  if (!(from >= 4 && end >= from && end <= size))
    throw new Error('a column that lies beyond the end of the file');
  return { from, end, codec: column.codec, type: column.type };
};

const groupsOf = ({ row_groups }: FileMetaData, columns: number, size: number): RowGroup[] =>
  row_groups.map((group) => {
    const rows = Number(group.num_rows);
    // An image takes a byte at least.
    if (!(rows >= 0 && rows <= size)) throw new Error(`${rows} rows, in ${size} bytes`);
    if (group.columns.length !== columns) throw new Error('a row group that lacks columns');
    return { rows, chunks: group.columns.map(({ meta_data }) => chunkOf(meta_data, size)) };
  });

/** Reads the end of a file, which tells where all else lies. Errors tell what is wrong. */
export const readFooter = async (part: ReadPart, size: number): Promise<Footer> => {
  if (size < TAIL + 4) throw new Error('it is too small for a Parquet file');
  const tail = await part(size - TAIL, TAIL);
  if (String.fromCharCode(...tail.subarray(4)) !== 'PAR1')
    throw new Error('it does not end as a Parquet file does: it is cut off, or none');
  const length = new DataView(tail.buffer, tail.byteOffset).getUint32(0, true);
  if (length > Math.min(size - TAIL - 4, MAX_FOOTER)) throw new Error(`a description of ${length} bytes`);
  const bytes = (await part(size - TAIL - length, length + TAIL)).slice();
  if (bytes.length !== length + TAIL) throw new Error('it is cut off');
  thriftEnd(bytes.subarray(0, length));
  const found = parquetMetadata(bytes, { geoparquet: false });
  const leaves = leavesOf(found.schema);
  const groups = groupsOf(found, leaves.length, size);
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  if (rows !== Number(found.num_rows) || rows > size)
    throw new Error(`${found.num_rows} rows, and its row groups have ${rows}`);
  const metadata = new Map((found.key_value_metadata ?? []).map(({ key, value = '' }) => [key, value]));
  return { rows, groups, leaves, metadata };
};
