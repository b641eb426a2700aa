import { ByteReader, Dict, readPickle } from '@understory/core/pickle';
import { listed, shortPath } from '../errors.ts';
import { CIFAR_PIXELS, type CifarBatch } from './cifarRecords.ts';
import { NumpyArray, numpyRules, pickledText } from './numpyRules.ts';

/** Makes the error of a file: what is wrong with it. */
export type FileError = (what: string) => Error;

/** The fields of a pickled dictionary. Errors: those of `bad`, and `unsafe-pickle`. */
const fieldsOf = (bytes: Uint8Array, bad: FileError): ReadonlyMap<string, unknown> => {
  const root = readPickle(new ByteReader(bytes, bad), numpyRules(bytes.length));
  if (!(root instanceof Dict)) throw bad('it is no pickled dictionary');
  return new Map(
    root.entries.flatMap(([key, value]): [string, unknown][] => {
      const name = pickledText(key);
      return name === undefined ? [] : [[name, value]];
    }),
  );
};

const missing = (fields: ReadonlyMap<string, unknown>, key: string): string => {
  const known = [...fields.keys()].map((name) => shortPath(name, 24));
  return `it has no list ${key}${known.length > 0 ? `, but ${listed(known, 5)}` : ''}`;
};

/** Labels are few and small; a list of other things is none. */
const labelsIn = (fields: ReadonlyMap<string, unknown>, key: string, bad: FileError): Int32Array => {
  const list = fields.get(key);
  if (!Array.isArray(list)) throw bad(missing(fields, key));
  const wrong = list.findIndex((label) => !Number.isInteger(label));
  if (wrong >= 0) throw bad(`${key}[${wrong}] is no whole number`);
  return Int32Array.from(list as readonly number[]);
};

/** Rows that lie one after another, of an array whose columns do. */
const byRows = ({ data, shape }: NumpyArray): Uint8Array => {
  const [rows = 0, columns = 0] = shape;
  const out = new Uint8Array(data.length);
  for (let p = 0; p < columns; p++) for (let n = 0; n < rows; n++) out[n * columns + p] = data[p * rows + n]!;
  return out;
};

const pixelsIn = (fields: ReadonlyMap<string, unknown>, count: number, bad: FileError): Uint8Array => {
  const array = fields.get('data');
  if (!(array instanceof NumpyArray)) throw bad('its data is no NumPy array');
  const { shape, type, data, isFortran } = array;
  if (!/^[|<>=]?(u1|uint8|B)$/.test(type))
    throw bad(`its data is of the type "${shortPath(type, 12)}", not u1`);
  if (shape.length !== 2 || shape[1] !== CIFAR_PIXELS)
    throw bad(`its data is of shape [${shape.join(', ')}], not [N, ${CIFAR_PIXELS}]`);
  if (shape[0] !== count) throw bad(`it has ${shape[0]} images and ${count} labels`);
  if (data.length !== count * CIFAR_PIXELS)
    throw bad(`its data has ${data.length} bytes, not ${count * CIFAR_PIXELS}`);
  return isFortran ? byRows(array) : data;
};

/** Images of a batch of the version for Python: a pickled dictionary with `data` [N, 3072] uint8 and a list of labels. */
export const pythonBatch = (bytes: Uint8Array, labels: string, bad: FileError): CifarBatch => {
  const fields = fieldsOf(bytes, bad);
  const found = labelsIn(fields, labels, bad);
  const pixels = pixelsIn(fields, found.length, bad);
  return { labels: found, bytes: pixels, planesAt: (n) => n * CIFAR_PIXELS };
};

/** Names of the classes, from the file of the version for Python that holds them. */
export const pythonNames = (bytes: Uint8Array, key: string, bad: FileError): string[] => {
  const fields = fieldsOf(bytes, bad);
  const list = fields.get(key);
  if (!Array.isArray(list)) throw bad(missing(fields, key));
  return (list as readonly unknown[]).map((name, i) => {
    const text = pickledText(name)?.trim();
    if (text === undefined || text === '') throw bad(`${key}[${i}] is no name`);
    return text;
  });
};
