import { DATASET, plugin, type DatasetFactory } from '@understory/core';
import { badDataset, shortNames, shortPath } from '../../errors.ts';
import type { FileSource } from '../../sources/fileSource.ts';
import type { Reading } from '../annotated.ts';
import { bytesOf, namingFile, textOf } from '../annotationText.ts';
import { boxDataset, type AnnotationReader } from '../boxDataset.ts';
import { pairKey, pairsOf, type Pairs } from '../pairs.ts';
import { readAnnotations, sizeOfPicture, type Annotation, type ParseAnnotation } from '../readAnnotations.ts';
import { YoloOptions, type ParsedYoloOptions } from './options.ts';
import { parseYolo } from './parseYolo.ts';
import { yoloSplits, type PlacedData } from './splits.ts';

const CLASSES = /(^|\/)(classes\.txt|[^/]+\.names)$/i;
/** Text files that hold no boxes, by their names. */
const NO_LABELS = /(^|\/)(readme[^/]*|licen[cs]e|classes|train|val|valid|test|trainval)\.txt$/i;

/** What a file of the whole dataset holds; an error names the file. */
const parsed = <T>(source: FileSource, index: number, parse: (bytes: Uint8Array) => T): Promise<T> =>
  namingFile(source, index, async () => parse(await bytesOf(source, index)));

const yamlFiles = (source: FileSource): number[] =>
  source.files.flatMap(({ path }, i) => (/\.ya?ml$/i.test(path) ? [i] : []));

const dataAt = async (source: FileSource, index: number): Promise<PlacedData> => {
  const { path = '' } = source.files[index] ?? {};
  const { parseDataFile } = await import('./dataFile.ts');
  return { ...(await parsed(source, index, parseDataFile)), folder: path.split('/').slice(0, -1).join('/') };
};

const chosenData = async (
  source: FileSource,
  { data }: ParsedYoloOptions,
): Promise<PlacedData | undefined> => {
  if (data !== undefined) {
    const wanted = data.replace(/^(\.\/)+/, '');
    const index = source.files.findIndex(({ path }) => path === wanted);
    if (index < 0)
      throw badDataset(
        source.name,
        `it has no file ${JSON.stringify(shortPath(data, 60))}, which the option data names`,
      );
    return dataAt(source, index);
  }
  const found: PlacedData[] = [];
  for (const index of yamlFiles(source)) found.push(await dataAt(source, index));
  const named = found.filter(({ names }) => names !== undefined);
  if (named.length <= 1) return named[0];
  throw badDataset(
    source.name,
    `it has ${named.length} YAML files with names. Say which is meant with the dataset's option data`,
  );
};

/** Names of a file that has one a line. */
const lineNames = (bytes: Uint8Array): string[] =>
  textOf(bytes)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');

const classesOf = async (
  source: FileSource,
  data: PlacedData | undefined,
  { names }: ParsedYoloOptions,
): Promise<readonly string[]> => {
  const known = names ?? data?.names;
  if (known) return known;
  const files = source.files.flatMap(({ path }, i) => (CLASSES.test(path) ? [i] : []));
  const lists = new Map<string, string[]>();
  for (const index of files) {
    const list = await parsed(source, index, lineNames);
    lists.set(JSON.stringify(list), list);
  }
  const [list] = lists.values();
  if (list && lists.size === 1 && new Set(list).size === list.length && list.length > 0) return list;
  throw badDataset(
    source.name,
    lists.size > 1
      ? "its files of class names differ. Say which they are with the dataset's option names: [cat, dog]"
      : "no file says the names of its classes once each (data.yaml or classes.txt). Say them with the dataset's option names: [cat, dog]",
  );
};

const parserOf =
  (classes: readonly string[], options: ParsedYoloOptions): ParseAnnotation =>
  async (bytes, item) => {
    const { size, fault } = await sizeOfPicture(item, options);
    return { ...item, size, fault, boxes: parseYolo(bytes, classes, size) };
  };

/** Tells of images that are in no split, and of label files without an image. */
const tellUnused = (
  source: FileSource,
  { images, annotations }: Pairs,
  used: ReadonlySet<number>,
  { left }: Reading,
): void => {
  const pathOf = (index: number): string => shortPath(source.files[index]?.path ?? '');
  for (const index of images.values())
    if (!used.has(index))
      left.push({ reason: 'images that data.yaml names for no split', example: pathOf(index) });
  for (const [key, index] of annotations)
    if (!images.has(key)) left.push({ reason: 'label files without an image', example: pathOf(index) });
};

const readYolo: AnnotationReader<ParsedYoloOptions> = async (source, options, reading) => {
  const data = await chosenData(source, options);
  const classes = await classesOf(source, data, options);
  const pairs = pairsOf(
    source,
    (path) => /\.txt$/i.test(path) && !NO_LABELS.test(path) && !CLASSES.test(path),
  );
  const splits = await yoloSplits(source, data, reading);
  const items = [...splits].map(([index, split]): Annotation => ({
    source,
    index,
    split,
    file: pairs.annotations.get(pairKey(source.files[index]?.path ?? '')),
  }));
  if (!items.some(({ file }) => file !== undefined))
    throw badDataset(
      source.name,
      `it has ${pairs.images.size} images and ${pairs.annotations.size} text files (${shortNames([...pairs.annotations.keys()])}), and no pair of one name. Arrange it as images/a.jpg and labels/a.txt`,
    );
  tellUnused(source, pairs, new Set(splits.keys()), reading);
  return { images: await readAnnotations(items, parserOf(classes, options), options, reading), classes };
};

/**
 * Boxes in YOLO's text files, with Ultralytics' data.yaml or without, in a folder, tar or zip. An image without a label file
 * has no boxes. Errors: `bad-dataset`, `bad-archive`, `bad-annotation`, `bad-image`.
 */
export const yolo = (options: YoloOptions): DatasetFactory =>
  boxDataset(YoloOptions.parse(options), readYolo);

export const yoloPlugin = plugin({
  token: DATASET,
  name: 'yolo',
  summary: 'boxes in the text files of YOLO, with data.yaml or classes.txt',
  when: 'Pictures that were annotated for YOLO, as Ultralytics, Roboflow and labelImg have it.',
  source: 'the label format of Darknet and of Ultralytics',
  options: YoloOptions,
  paths: ['root'],
  create: yolo,
});
