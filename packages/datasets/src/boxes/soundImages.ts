import { badImages, type Fault } from '../errors.ts';
import { checkImages } from '../image/checkImages.ts';
import type { DecodeOptions } from '../image/decodeImage.ts';
import { pathOf } from '../image/imageSamples.ts';
import type { AnnotatedImage, Reading } from './annotated.ts';
import type { ParsedBoxOptions } from './options.ts';

const faultOf = ({ source, index, fault }: AnnotatedImage): string | undefined =>
  source.files[index]?.fault ?? fault;

const told = (images: readonly AnnotatedImage[], faults: ReadonlyMap<number, string>): Fault[] =>
  [...faults].flatMap(([at, reason]) => {
    const image = images[at];
    return image ? [{ path: pathOf(image), reason }] : [];
  });

/** Images that can be read, as far as was looked; `left` takes the others where they may be skipped. Errors: `bad-image`. */
export const soundImages = async (
  images: readonly AnnotatedImage[],
  decodeOf: (images: readonly AnnotatedImage[]) => (position: number) => DecodeOptions,
  { onBadImage, check }: Pick<ParsedBoxOptions, 'onBadImage' | 'check'>,
  { left, progress }: Reading,
): Promise<readonly AnnotatedImage[]> => {
  const take = (
    all: readonly AnnotatedImage[],
    faults: ReadonlyMap<number, string>,
  ): readonly AnnotatedImage[] => {
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
