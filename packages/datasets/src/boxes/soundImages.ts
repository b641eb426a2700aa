import { badImages, type Fault } from '../errors.ts';
import { checkImages } from '../image/checkImages.ts';
import type { DecodeOptions } from '../image/decodeImage.ts';
import { pathOf, type ImageRef } from '../image/imageSamples.ts';
import type { Reading } from './annotated.ts';
import type { ParsedBoxOptions } from './options.ts';

/** An image, with why it cannot be read, where that is known. */
interface ListedRef extends ImageRef {
  readonly fault?: string | undefined;
}

const faultOf = ({ source, index, fault }: ListedRef): string | undefined =>
  source.files[index]?.fault ?? fault;

const told = (images: readonly ListedRef[], faults: ReadonlyMap<number, string>): Fault[] =>
  [...faults].flatMap(([at, reason]) => {
    const image = images[at];
    return image ? [{ path: pathOf(image), reason }] : [];
  });

/** Images that can be read, as far as was looked; `left` takes the others where they may be skipped. Errors: `bad-image`. */
export const soundImages = async <Image extends ListedRef>(
  images: readonly Image[],
  decodeOf: (images: readonly Image[]) => (position: number) => DecodeOptions,
  { onBadImage, check }: Pick<ParsedBoxOptions, 'onBadImage' | 'check'>,
  { left, progress }: Reading,
): Promise<readonly Image[]> => {
  const take = (all: readonly Image[], faults: ReadonlyMap<number, string>): readonly Image[] => {
    const found = told(all, faults);
    if (found.length > 0 && onBadImage === 'error') throw badImages(found);
    for (const { path, reason } of found)
      left.push({ reason: 'images that cannot be read', example: `${path}: ${reason}` });
    return found.length > 0 ? all.filter((_, i) => !faults.has(i)) : all;
  };
  const known = new Map(
    images.flatMap((image, i): [number, string][] => {
      const fault = faultOf(image);
      return fault === undefined ? [] : [[i, fault]];
    }),
  );
  const listed = take(images, known);
  if (onBadImage === 'error' && !check) return listed;
  return take(listed, await checkImages(listed, decodeOf(listed), progress));
};
