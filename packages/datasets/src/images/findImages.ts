import { concurrently } from '@understory/core';
import { imageFormat, unsupportedImage } from '../image/imageFormat.ts';
import { EMPTY, type FileSource, type LeftPath } from '../sources/fileSource.ts';
import { isImageName, isSideName } from './names.ts';

/** A file that is an image, or should be one. */
export interface ImageFile {
  readonly index: number;
  readonly path: string;
  readonly fault?: string;
}

export interface FoundImages {
  readonly images: readonly ImageFile[];
  /** Links that were not followed and stand for a folder, or may. */
  readonly unfollowed: readonly ImageFile[];
  readonly leftOut: readonly LeftPath[];
}

const UNSUPPORTED =
  /\.(hei[cf]|hif|svg|pdf|psd|jp2|jxl|ico|exr|hdr|dcm|cr2|cr3|nef|arw|dng|raw|p[pgbn]m|tga)$/i;
const IN_FLIGHT = 32;

/** What a file is whose name does not tell: an image, a picture of a kind that is not read, or something else. */
const lookInto = async (source: FileSource, index: number): Promise<ImageFile | LeftPath> => {
  const { path, fault } = source.files[index]!;
  const head = fault === undefined ? await source.head(index).catch(() => undefined) : undefined;
  if (head && imageFormat(head)) return { index, path };
  const unsupported = head && unsupportedImage(head);
  if (unsupported) return { index, path, fault: unsupported };
  if (UNSUPPORTED.test(path))
    return { index, path, fault: fault ?? 'a format that is not read; convert it to JPEG or PNG' };
  const isLost = fault !== undefined && fault !== EMPTY;
  return isLost ? { index, path, fault } : { path, reason: 'no image' };
};

/** Tells images by their names, and by their first bytes where a name does not tell. All else is left out by reason. */
export const findImages = async (source: FileSource): Promise<FoundImages> => {
  const images: ImageFile[] = [];
  const leftOut: LeftPath[] = [...source.leftOut];
  const unknown: number[] = [];
  const unfollowed: ImageFile[] = [];
  source.files.forEach(({ path, fault, isFolder }, index) => {
    if (isFolder) unfollowed.push({ index, path, ...(fault !== undefined && { fault }) });
    else if (isImageName(path)) images.push({ index, path, ...(fault !== undefined && { fault }) });
    else if (isSideName(path)) leftOut.push({ path, reason: 'no image by its name' });
    else unknown.push(index);
  });
  const found = await concurrently(unknown, IN_FLIGHT, (file) => lookInto(source, file));
  for (const file of found) {
    if ('index' in file) images.push(file);
    else leftOut.push(file);
  }
  return { images: images.sort((a, b) => a.index - b.index), unfollowed, leftOut };
};
