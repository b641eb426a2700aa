import { isMap, isScalar, isSeq, parseDocument, type Node, type YAMLMap } from 'yaml';
import { badAnnotation, textOf } from '../annotationText.ts';

/** What data.yaml says: names of the classes, and for each split folders or lists of images. */
export interface YoloData {
  readonly names: readonly string[] | undefined;
  /** Folder that the splits count from, where one is named. */
  readonly path: string | undefined;
  readonly train: readonly string[];
  readonly validation: readonly string[];
  readonly test: readonly string[];
}

/** Largest file, in bytes: the time that YAML takes grows by the square of its keys. */
const MAX_BYTES = 2 ** 16;

const scalarText = (node: unknown): string | undefined => {
  if (!isScalar(node)) return undefined;
  const { value } = node as { readonly value: unknown };
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
};

const textsOf = (items: readonly unknown[], key: string): string[] =>
  items.map((item) => {
    const text = scalarText(item);
    if (text === undefined || text === '') throw badAnnotation(`${key} holds what is no text`);
    return text;
  });

/** `{ 0: cat, 1: dog }`: every number once, from 0 on. */
const mappedNames = (map: YAMLMap): string[] => {
  const byNumber = new Map<number, string>();
  for (const { key, value } of map.items) {
    const number = Number(scalarText(key) ?? NaN);
    const [name = ''] = textsOf([value], 'names');
    if (!Number.isInteger(number))
      throw badAnnotation(`names has the key ${String(scalarText(key)).slice(0, 20)}; expected 0, 1, …`);
    byNumber.set(number, name);
  }
  const names = Array.from({ length: byNumber.size }, (_, i) => byNumber.get(i));
  return names.map((name, i) => {
    if (name === undefined) throw badAnnotation(`names has ${byNumber.size} classes and none of number ${i}`);
    return name;
  });
};

const namesOf = (node: unknown): string[] | undefined => {
  if (node === undefined || node === null) return undefined;
  if (!isMap(node) && !isSeq(node)) throw badAnnotation('names is no list of names');
  const names = isSeq(node) ? textsOf(node.items, 'names') : mappedNames(node);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw badAnnotation(`names has ${JSON.stringify(twice.slice(0, 40))} twice`);
  return names;
};

const pathsOf = (node: unknown, key: string): string[] => {
  if (node === undefined || node === null) return [];
  if (isScalar(node) && (node.value === null || node.value === '')) return [];
  return textsOf(isSeq(node) ? node.items : [node], key);
};

/**
 * Reads a data.yaml as Ultralytics' programs take it; aliases and tags, which could grow or build anything, are refused.
 * Errors: `bad-annotation`, with the reason alone.
 */
export const parseDataFile = (bytes: Uint8Array): YoloData => {
  if (bytes.length > MAX_BYTES) throw badAnnotation(`larger than ${MAX_BYTES / 2 ** 10} kB`);
  const document = parseDocument(textOf(bytes), { schema: 'core', merge: false });
  const [error] = [...document.errors, ...document.warnings];
  if (error)
    throw badAnnotation(`no sound YAML (${(error.message.split('\n')[0] ?? '').slice(0, 120)})`, error);
  const { contents } = document as { readonly contents: Node | null };
  if (!isMap(contents)) throw badAnnotation('it holds no keys such as names, train and val');
  const at = (key: string): unknown => contents.get(key, true);
  const [path] = pathsOf(at('path'), 'path');
  return {
    names: namesOf(at('names')),
    path,
    train: pathsOf(at('train'), 'train'),
    validation: pathsOf(at('val') ?? at('valid'), 'val'),
    test: pathsOf(at('test'), 'test'),
  };
};
