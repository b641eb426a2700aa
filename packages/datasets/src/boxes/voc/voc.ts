import { DATASET, plugin, type DatasetFactory, type SplitName } from '@understory/core';
import { badDataset, shortPath } from '../../errors.ts';
import type { ItemSplit } from '../../images/listItems.ts';
import type { FileSource } from '../../sources/fileSource.ts';
import type { Reading } from '../annotated.ts';
import { boxDataset, type AnnotationReader } from '../boxDataset.ts';
import { pairsOf, splitOfFolders, type Pairs } from '../pairs.ts';
import { readAnnotations, sizeOfPicture, type Annotation, type ParseAnnotation } from '../readAnnotations.ts';
import { listedSplits } from './lists.ts';
import { VocOptions, type ParsedVocOptions } from './options.ts';

/** The split of each image that is used, by key; `left` takes those that are not. */
const usedSplits = (
  source: FileSource,
  { images, annotations }: Pairs,
  listed: ReadonlyMap<string, SplitName>,
  { splits, left }: Pick<ParsedVocOptions, 'splits'> & Pick<Reading, 'left'>,
): Map<string, ItemSplit> => {
  const used = new Map<string, ItemSplit>();
  const pathOf = (index: number): string => shortPath(source.files[index]?.path ?? '');
  for (const [key, index] of images) {
    const isListed = listed.size === 0 || listed.has(key);
    if (!isListed) left.push({ reason: 'images in no list of a split', example: pathOf(index) });
    else if (!annotations.has(key))
      left.push({ reason: 'images without an annotation file', example: pathOf(index) });
    else {
      const byFolders = (): ItemSplit =>
        splits === 'none' ? 'all' : splitOfFolders(source, source.files[index]?.path ?? '');
      used.set(key, listed.get(key) ?? byFolders());
    }
  }
  for (const [key, index] of annotations)
    if (!images.has(key)) left.push({ reason: 'annotation files without an image', example: pathOf(index) });
  for (const key of listed.keys())
    if (!images.has(key) && !annotations.has(key))
      left.push({ reason: 'listed images that are not there', example: shortPath(key) });
  return used;
};

const parserOf =
  (options: ParsedVocOptions, { left }: Reading): ParseAnnotation =>
  async (bytes, item) => {
    const { parseVoc } = await import('./parseVoc.ts');
    const { size, boxes, without } = parseVoc(bytes, options.firstPixel);
    const example = shortPath(item.source.files[item.file ?? item.index]?.path ?? '');
    for (let i = 0; i < without; i++) left.push({ reason: 'objects without a box', example });
    return { ...item, boxes, ...(size ? { size } : await sizeOfPicture(item, options)) };
  };

const readVoc: AnnotationReader<ParsedVocOptions> = async (source, options, reading) => {
  const pairs = pairsOf(source, (path) => /\.xml$/i.test(path));
  const listed = await listedSplits(source, options.splits);
  const used = usedSplits(source, pairs, listed, { ...options, ...reading });
  const items = [...used].flatMap(([key, split]): Annotation[] => {
    const index = pairs.images.get(key);
    return index === undefined ? [] : [{ source, index, split, file: pairs.annotations.get(key) }];
  });
  if (items.length === 0)
    throw badDataset(
      source.name,
      `it has ${pairs.images.size} images and ${pairs.annotations.size} XML files, and no pair of one name that is in a split. Arrange it as Annotations/a.xml and JPEGImages/a.jpg`,
    );
  return { images: await readAnnotations(items, parserOf(options, reading), options, reading) };
};

/**
 * Boxes in Pascal VOC's XML, of its own folders or of any pictures with an XML file each, in a folder, tar or zip. Opening
 * reads all annotations. Errors: `bad-dataset`, `bad-archive`, `bad-annotation`, `bad-image`.
 */
export const voc = (options: VocOptions): DatasetFactory => boxDataset(VocOptions.parse(options), readVoc);

export const vocPlugin = plugin({
  token: DATASET,
  name: 'voc',
  summary: 'boxes in the XML files of Pascal VOC, as labelImg and other tools write them',
  when: 'Pascal VOC 2007 and 2012, and pictures that were annotated in its format.',
  source: 'Everingham et al. 2010, the PASCAL Visual Object Classes challenge',
  options: VocOptions,
  paths: ['root'],
  create: voc,
});
