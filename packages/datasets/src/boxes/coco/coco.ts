import { BOX_KINDS, concurrently, DATASET, plugin, type DatasetFactory } from '@understory/core';
import { badDataset, shortPath } from '../../errors.ts';
import { namingFile } from '../annotationText.ts';
import { isImageName } from '../../images/names.ts';
import type { SplitItem } from '../../images/splitItems.ts';
import type { FileSource } from '../../sources/fileSource.ts';
import type { Annotated, AnnotatedBox, AnnotatedImage, Reading } from '../annotated.ts';
import { boxDataset, type AnnotationReader } from '../boxDataset.ts';
import { pictureFinder } from '../findPictures.ts';
import { sizeOfPicture } from '../readAnnotations.ts';
import { cocoParts, type CocoPart } from './cocoFiles.ts';
import { CocoOptions, type ParsedCocoOptions } from './options.ts';
import type { CocoBox, CocoFile, Id } from './readCoco.ts';

const IN_FLIGHT = 16;

/** Names of the categories in the order of their ids. Errors: `bad-dataset` where two have one name. */
const classesOf = (source: FileSource, { categories }: CocoFile): string[] => {
  const ordered = [...categories].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, name]) => name);
  const twice = ordered.find((name, i) => ordered.indexOf(name) !== i);
  if (twice === undefined) return ordered;
  throw badDataset(
    source.name,
    `two of its categories are named ${JSON.stringify(shortPath(twice, 40))}. Rename one of them`,
  );
};

/** Numbers of the categories by name; undefined where their ids are texts. */
const idsOf = ({ categories }: CocoFile): Readonly<Record<string, number>> | undefined => {
  const ids = [...categories].flatMap(([id, name]) => (typeof id === 'number' ? [[name, id] as const] : []));
  return ids.length === categories.size ? Object.fromEntries(ids) : undefined;
};

const annotatedBox = (box: CocoBox, className: string): AnnotatedBox => {
  const [x = NaN, y = NaN, width = NaN, height = NaN] = box.bbox ?? [];
  return {
    corners: [y, x, y + height, x + width],
    className,
    kind: box.isCrowd ? BOX_KINDS.crowd : BOX_KINDS.ordinary,
    ...(box.area !== undefined && { area: box.area }),
  };
};

/** The boxes of each image; `left` takes those that are of no image, of no category, or none. */
const boxesByImage = (
  { images, categories, boxes }: CocoFile,
  file: string,
  { left }: Reading,
): Map<Id, AnnotatedBox[]> => {
  const byImage = new Map<Id, AnnotatedBox[]>();
  for (const box of boxes) {
    const image = images.get(box.image);
    const className = categories.get(box.category);
    const drop = (reason: string, example: string): void => void left.push({ reason, example });
    if (!image) drop('boxes of an image that is not listed', `${file}: image_id ${box.image}`);
    else if (className === undefined)
      drop('boxes of a category that is not listed', `${file}: category_id ${box.category}`);
    else if (!box.bbox) drop('annotations without a box', shortPath(image.file));
    else {
      const own = byImage.get(box.image);
      if (own) own.push(annotatedBox(box, className));
      else byImage.set(box.image, [annotatedBox(box, className)]);
    }
  }
  return byImage;
};

/** Reads an annotation file and tells how far it is, in MB. */
const fileOf = async (source: FileSource, { index }: CocoPart, { progress }: Reading): Promise<CocoFile> => {
  const total = (await source.size(index)) / 2 ** 20;
  const { readCoco } = await import('./readCoco.ts');
  let done = 0;
  return namingFile(source, index, () =>
    readCoco(source.chunks(index), (count) => {
      done += count / 2 ** 20;
      progress?.(Math.min(done, total), total, 'reading annotations, in MB');
    }),
  );
};

/** The images of one file that are there, with their boxes. */
const imagesOf = async (
  source: FileSource,
  part: CocoPart,
  file: CocoFile,
  { options, ...reading }: Reading & { readonly options: ParsedCocoOptions },
): Promise<AnnotatedImage[]> => {
  const boxes = boxesByImage(file, shortPath(source.files[part.index]?.path ?? ''), reading);
  const find = pictureFinder(source, part.images);
  const listed = [...file.images].flatMap(([id, { file: name, size }]) => {
    const index = find(name, part.split);
    if (index === undefined)
      reading.left.push({ reason: 'listed images that are not there', example: shortPath(name) });
    return index === undefined
      ? []
      : [{ id, size, item: { source, index, split: part.split } satisfies SplitItem }];
  });
  return concurrently(listed, IN_FLIGHT, async ({ id, size, item }) => ({
    ...item,
    boxes: boxes.get(id) ?? [],
    ...(size ? { size } : await sizeOfPicture(item, options)),
  }));
};

const checkApart = (source: FileSource, images: readonly AnnotatedImage[]): void => {
  const seen = new Map<number, AnnotatedImage>();
  for (const image of images) {
    const before = seen.get(image.index);
    if (before)
      throw badDataset(
        source.name,
        `${shortPath(source.files[image.index]?.path ?? '')} is listed twice (${before.split}, ${image.split}). Remove one of the two`,
      );
    seen.set(image.index, image);
  }
};

const readSource: AnnotationReader<ParsedCocoOptions> = async (source, options, reading) => {
  const images: AnnotatedImage[] = [];
  let classes: string[] | undefined;
  let ids: Annotated['ids'];
  for (const part of cocoParts(source, options)) {
    const file = await fileOf(source, part, reading);
    const names = classesOf(source, file);
    if (part.split === 'train' || part.split === 'all') [classes, ids] = [names, idsOf(file)];
    for (const image of await imagesOf(source, part, file, { ...reading, options })) images.push(image);
  }
  if (images.length === 0)
    throw badDataset(
      source.name,
      'none of the images that its annotations list is there. Put them beside the annotations, or name their folder: splits: { train: { annotations, images } }',
    );
  checkApart(source, images);
  const used = new Set(images.map(({ index }) => index));
  source.files.forEach(({ path }, index) => {
    if (isImageName(path) && !used.has(index))
      reading.left.push({ reason: 'images in no annotation file', example: shortPath(path) });
  });
  return { images, ...(classes && { classes }), ids };
};

/**
 * Boxes in COCO's JSON, which is read as a stream, in a folder, tar or zip. Errors: `bad-dataset`, `bad-archive`,
 * `bad-annotation`, `bad-image`.
 */
export const coco = (options: CocoOptions): DatasetFactory =>
  boxDataset(CocoOptions.parse(options), readSource);

export const cocoPlugin = plugin({
  token: DATASET,
  name: 'coco',
  summary: 'boxes in the JSON files of COCO, as most annotation tools export them',
  when: 'COCO 2017, and pictures that were annotated in its format.',
  source: 'Lin et al. 2014, Microsoft COCO: Common Objects in Context',
  options: CocoOptions,
  paths: ['root'],
  create: coco,
});
