import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { shownPath, UnderstoryError } from '@understory/core';

/** A picture's name among the drawings: as it is for PNG and JPEG; others get `.png` behind. */
const nameOf = (image: string): string => {
  const name = path.basename(image);
  return /\.(png|jpe?g)$/i.test(name) ? name : `${name}.png`;
};

const refuse = (message: string): never => {
  throw new UnderstoryError('options', message);
};

/** A path by which a file is known whatever links lead to it; where there is none, as it is named. */
const placeOf = (file: string): string => {
  const named = path.resolve(file);
  return existsSync(named) ? realpathSync(named) : named;
};

const mustBeFree = (files: readonly string[]): void => {
  const there = files.filter((file) => existsSync(file));
  const [first] = there;
  if (first === undefined) return;
  const what = there.length === 1 ? 'is there already' : `and ${there.length - 1} more are there already`;
  refuse(`${shownPath(first)} ${what}. Add --overwrite, or name another folder.`);
};

/**
 * Where each image's drawing goes, one file each. Errors: `options` where two images would share one, where a file is there
 * already and may not be replaced, and where a drawing would replace one of the images.
 */
export const drawnFiles = (
  images: readonly string[],
  folder: string,
  overwrite: boolean,
): ReadonlyMap<string, string> => {
  const files = new Map<string, string>();
  const owners = new Map<string, string>();
  const places = new Set(images.map(placeOf));
  for (const image of images) {
    const file = path.join(folder, nameOf(image));
    const key = file.toLowerCase(); // some file systems tell no letters apart by their case
    const other = owners.get(key) ?? image;
    if (placeOf(other) !== placeOf(image))
      refuse(
        `${shownPath(other)} and ${shownPath(image)} would both be drawn in ${shownPath(file)}. Draw them into folders of their own.`,
      );
    if (places.has(placeOf(file)))
      refuse(`--draw would replace the image ${shownPath(file)} by a drawing. Name another folder.`);
    owners.set(key, image);
    files.set(image, file);
  }
  if (!overwrite) mustBeFree([...new Set(files.values())]);
  return files;
};
