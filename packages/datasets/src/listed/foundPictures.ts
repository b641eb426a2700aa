import { badDataset, badImages, shortPath, type Fault } from '../errors.ts';
import type { Cut } from '../image/cut.ts';
import { isImageName } from '../images/names.ts';
import type { LeftItem } from '../images/leftOut.ts';
import type { FileSource } from '../sources/fileSource.ts';
import type { Listed, ListedItem, ListedPicture } from './listed.ts';
import type { ParsedListedOptions } from './options.ts';

const cutOf = ({ box }: ListedPicture, { bottom }: Listed): Cut | undefined =>
  box === undefined && bottom === undefined ? undefined : { box, bottom };

/** Throws where a picture is listed twice: its splits or classes would contradict each other. */
const checkOnce = (source: FileSource, { list, pictures }: Listed): void => {
  const seen = new Map<number, ListedPicture>();
  for (const picture of pictures) {
    if (picture.index === undefined) continue;
    const before = seen.get(picture.index);
    if (before)
      throw badDataset(
        source.name,
        `${list} has ${shortPath(picture.name, 40)} twice, for ${before.split} and for ${picture.split}. Give the files as they were published`,
      );
    seen.set(picture.index, picture);
  }
};

/** Takes pictures that are listed and not there: all is an error, some are one or are left out, as `onBadImage` says. */
const takeMissing = (
  source: FileSource,
  { list, pictures, classes }: Listed,
  { onBadImage }: Pick<ParsedListedOptions, 'onBadImage'>,
  left: LeftItem[],
): void => {
  const missing = pictures.filter(({ index }) => index === undefined);
  const [first] = missing;
  if (!first) return;
  if (missing.length === pictures.length)
    throw badDataset(
      source.name,
      `none of the ${pictures.length} pictures of ${list} is there, such as ${shortPath(first.name, 60)}. Give the folder that holds pictures and lists, packed as they were published or unpacked`,
    );
  const why = `listed in ${list} and not there`;
  if (onBadImage === 'error')
    throw badImages(missing.map(({ name }): Fault => ({ path: name, reason: why })));
  for (const { name, label } of missing)
    left.push({ reason: 'listed and not there', className: classes[label], example: shortPath(name) });
};

/** The listed pictures that are there; those that are there and not listed are counted. Errors: `bad-dataset`, `bad-image`. */
export const foundPictures = (
  source: FileSource,
  listed: Listed,
  options: Pick<ParsedListedOptions, 'onBadImage'>,
  left: LeftItem[],
): ListedItem[] => {
  if (listed.pictures.length === 0)
    throw badDataset(source.name, `${listed.list} lists no picture. Give the files as they were published`);
  checkOnce(source, listed);
  takeMissing(source, listed, options, left);
  const items = listed.pictures.flatMap((picture): ListedItem[] => {
    const { index, name, split, label, fault } = picture;
    return index === undefined
      ? []
      : [{ source, index, name, split, label, fault, cut: cutOf(picture, listed) }];
  });
  const used = new Set(items.map(({ index }) => index));
  source.files.forEach(({ path }, index) => {
    if (isImageName(path) && !used.has(index))
      left.push({ reason: 'pictures that are in no list', example: shortPath(path) });
  });
  for (const { path, reason } of source.leftOut) left.push({ reason, example: shortPath(path) });
  return items;
};
