import { getManyValues, isMany, none } from 'stream-chain/defs.js';
import { jsonParser, type Token } from 'stream-json/core/parser.js';
import { badAnnotation } from '../annotationText.ts';

/** A value of a record: a list keeps its numbers, with NaN in place of anything else. */
export type Value = string | number | boolean | null | readonly number[];
export type JsonRecord = Readonly<Record<string, Value | undefined>>;

/** Which fields of the records of which lists are kept: the rest goes by. */
export type Wanted = Readonly<Record<string, readonly string[]>>;

/** Is told of each record, with the list that it stands in and its place there. */
export type OnRecord = (list: string, at: number, record: JsonRecord) => void;

const MAX_DEPTH = 64;
/** Longest list that a field may hold: a box has four numbers. */
const MAX_LIST = 8;

/** Where in the document a reader is: { list: [ { field: [ … ] } ] } are depths 1, 2, 3 and 4. */
interface Place {
  depth: number;
  list: string;
  at: number;
  field: string;
  record: Record<string, Value | undefined>;
  values: number[] | undefined;
}

const isWanted = ({ list, field }: Place, wanted: Wanted): boolean => wanted[list]?.includes(field) === true;

const whereOf = ({ depth, list, at }: Place): string =>
  depth < 2 ? 'its beginning' : `${list.slice(0, 40)}${at < 0 ? '' : `[${at}]`}`;

const refuse = (place: Place, what: string): never => {
  throw badAnnotation(`${what} at ${whereOf(place)}`);
};

const isIn = (place: Place, wanted: Wanted): boolean => place.list in wanted;

const begin = (place: Place, isList: boolean, wanted: Wanted): void => {
  const { depth } = place;
  if (depth === 0 && isList)
    throw badAnnotation('it is a list; COCO has an object with the lists images, annotations and categories');
  if (depth === 1 && isIn(place, wanted) && !isList) throw badAnnotation(`${place.list} is no list`);
  if (depth === 2 && isIn(place, wanted)) {
    place.at += 1;
    if (isList) refuse(place, 'a list in place of a record');
    place.record = {};
  }
  if (depth === 3 && isList && isWanted(place, wanted)) place.values = [];
  place.depth += 1;
  if (place.depth > MAX_DEPTH) refuse(place, `values lie over ${MAX_DEPTH} deep`);
};

const end = (place: Place, isList: boolean, { wanted, onRecord }: ReaderOptions): void => {
  place.depth -= 1;
  const { depth, list, at, record, field, values } = place;
  if (depth === 2 && !isList && isIn(place, wanted)) onRecord(list, at, record);
  if (depth === 3 && isList && values) {
    record[field] = values;
    place.values = undefined;
  }
};

const take = (place: Place, value: Exclude<Value, readonly number[]>, wanted: Wanted): void => {
  const { depth, values } = place;
  if (depth === 0) throw badAnnotation('it is no object with the lists images, annotations and categories');
  if (depth === 1 && isIn(place, wanted)) throw badAnnotation(`${place.list} is no list`);
  if (depth === 2 && isIn(place, wanted)) {
    place.at += 1;
    refuse(place, 'no record');
  }
  if (depth === 3 && isWanted(place, wanted)) place.record[place.field] = value;
  if (depth === 4 && values && values.length < MAX_LIST) values.push(typeof value === 'number' ? value : NaN);
};

interface ReaderOptions {
  readonly wanted: Wanted;
  readonly onRecord: OnRecord;
}

const key = (place: Place, name: string): void => {
  if (place.depth === 1) Object.assign(place, { list: name, at: -1 });
  else if (place.depth === 3) place.field = name;
};

const read = (place: Place, token: Token, options: ReaderOptions): void => {
  const { wanted } = options;
  if (token.name === 'numberValue') take(place, Number(token.value), wanted);
  else if (token.name === 'keyValue') key(place, token.value);
  else if (token.name === 'startArray' || token.name === 'startObject')
    begin(place, token.name === 'startArray', wanted);
  else if (token.name === 'endArray' || token.name === 'endObject')
    end(place, token.name === 'endArray', options);
  else if ('value' in token) take(place, token.value, wanted);
};

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error))
    .replace('Parser cannot parse input: ', '')
    .slice(0, 100);

/** A reader of JSON that is handed text in pieces, and nothing at its end. */
const pieceReader = (place: Place, options: ReaderOptions): ((text?: string) => void) => {
  const parse = jsonParser({ packValues: true, streamValues: false });
  return (text) => {
    let tokens: readonly Token[];
    try {
      const found = parse(text ?? (none as unknown as string));
      tokens = isMany(found) ? getManyValues(found) : [];
    } catch (error) {
      throw badAnnotation(`no sound JSON near ${whereOf(place)} (${reasonOf(error)})`, error);
    }
    for (const token of tokens) read(place, token, options);
  };
};

/** Pieces of text are read so many characters at a time: their tokens lie in memory together. */
const AT_ONCE = 2 ** 16;

/**
 * Reads the records of some lists of a JSON document as a stream; memory does not grow with what is not wanted.
 * Errors: `bad-annotation`, with the place.
 */
export const readRecords = async (
  chunks: AsyncIterable<Uint8Array>,
  wanted: Wanted,
  onRecord: OnRecord,
  onBytes: (count: number) => void = () => undefined,
): Promise<void> => {
  const place: Place = { depth: 0, list: '', at: -1, field: '', record: {}, values: undefined };
  const next = pieceReader(place, { wanted, onRecord });
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
    } catch (error) {
      throw badAnnotation(`not text in utf-8 near ${whereOf(place)}; save it as UTF-8`, error);
    }
  };
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length; from += AT_ONCE)
      next(decode(chunk.subarray(from, from + AT_ONCE)));
    onBytes(chunk.length);
  }
  next(decode());
  next();
};
