import { concurrently, UnderstoryError } from '@understory/core';
import { shortPath } from '../errors.ts';
import { imageSize } from '../image/decodeImage.ts';
import { reasonOf } from '../image/imageSamples.ts';
import type { SplitItem } from '../images/splitItems.ts';
import type { AnnotatedImage, Reading } from './annotated.ts';
import { bytesOf, inFile } from './annotationText.ts';
import type { ParsedBoxOptions } from './options.ts';

const IN_FLIGHT = 16;

/** An image with the file that annotates it; without one it has no boxes. */
export interface Annotation extends SplitItem {
  readonly file: number | undefined;
}

/** Size of a picture by its header, or why it cannot be read, which is told with the other bad images. */
export const sizeOfPicture = async (
  { source, index }: SplitItem,
  options: ParsedBoxOptions,
): Promise<Pick<AnnotatedImage, 'size' | 'fault'>> => {
  try {
    return { size: await imageSize(await source.read(index), options) };
  } catch (error) {
    return { size: [1, 1], fault: reasonOf(error) };
  }
};

export interface ReadAnnotationsOptions extends ParsedBoxOptions {
  readonly onBadAnnotation: 'error' | 'skip';
}

/** What one annotation file and its image give; `item.file` is absent for an image without a file. */
export type ParseAnnotation = (bytes: Uint8Array, item: Annotation) => Promise<AnnotatedImage>;

/** Reads one annotation file an image. What cannot be read is an error that names the file, or left out by `onBadAnnotation`. */
export const readAnnotations = async (
  items: readonly Annotation[],
  parse: ParseAnnotation,
  { onBadAnnotation }: ReadAnnotationsOptions,
  { left, progress }: Reading,
): Promise<AnnotatedImage[]> => {
  let done = 0;
  const read = async (item: Annotation): Promise<AnnotatedImage | undefined> => {
    const { source, file } = item;
    try {
      return await parse(file === undefined ? new Uint8Array() : await bytesOf(source, file), item);
    } catch (error) {
      if (file === undefined || !(error instanceof UnderstoryError)) throw error;
      if (onBadAnnotation === 'error') throw inFile(source, file, error);
      const example = `${shortPath(source.files[file]?.path ?? '')}: ${error.message}`;
      left.push({ reason: 'images whose annotation cannot be read', example });
      return undefined;
    } finally {
      progress?.(++done, items.length, 'reading annotations');
    }
  };
  return (await concurrently(items, IN_FLIGHT, read)).filter((image) => image !== undefined);
};
