import { shortPath } from '../errors.ts';
import { pathOf } from '../image/imageSamples.ts';
import type { LeftItem } from '../images/leftOut.ts';
import type { AnnotatedBox, AnnotatedImage, Corners } from './annotated.ts';

/** Why boxes are left out, or a part of them; what else reads of them names these. */
export const BOX_FAULTS = {
  notFinite: 'boxes with a corner that is no finite number',
  swapped: 'boxes whose corners are swapped',
  flat: 'boxes without area',
  outside: 'boxes outside their picture',
  small: 'boxes smaller than',
  cut: 'parts of boxes that lie outside their picture',
  other: 'boxes of a class that is not used,',
} as const;

const clip = (corners: Corners, [height, width]: readonly [number, number]): Corners => {
  const at = (value: number, most: number): number => Math.min(Math.max(value, 0), most);
  const [top, left, bottom, right] = corners;
  return [at(top, height), at(left, width), at(bottom, height), at(right, width)];
};

/** Why a box cannot be used as it stands, before it is cut to its picture. */
const faultOf = ([top, left, bottom, right]: Corners): string | undefined => {
  if (![top, left, bottom, right].every(Number.isFinite)) return BOX_FAULTS.notFinite;
  if (bottom < top || right < left) return BOX_FAULTS.swapped;
  return bottom === top || right === left ? BOX_FAULTS.flat : undefined;
};

const isWithout = ([top, left, bottom, right]: Corners): boolean => bottom <= top || right <= left;

export interface BoxRules {
  /** Least width and height, in pixels. */
  readonly smallest: number;
}

/** The box cut to its picture and why a part of it was lost, or why the box is left out. */
export const checkedBox = (
  box: AnnotatedBox,
  size: readonly [number, number],
  { smallest }: BoxRules,
): { readonly box?: AnnotatedBox; readonly reason?: string } => {
  const fault = faultOf(box.corners);
  if (fault !== undefined) return { reason: fault };
  const corners = clip(box.corners, size);
  if (isWithout(corners)) return { reason: BOX_FAULTS.outside };
  const [top, left, bottom, right] = corners;
  if (bottom - top < smallest || right - left < smallest)
    return { reason: `${BOX_FAULTS.small} ${smallest} px` };
  const isCut = corners.some((value, i) => value !== box.corners[i]);
  return { box: isCut ? { ...box, corners } : box, ...(isCut && { reason: BOX_FAULTS.cut }) };
};

/** The image with its usable boxes; `left` takes what is not used of them. */
export const checkedImage = (
  image: AnnotatedImage,
  classes: ReadonlySet<string> | undefined,
  rules: BoxRules,
  left: LeftItem[],
): AnnotatedImage => {
  const example = shortPath(pathOf(image));
  const boxes = image.boxes.flatMap((one) => {
    if (classes && !classes.has(one.className)) {
      left.push({ reason: BOX_FAULTS.other, className: one.className, example });
      return [];
    }
    const { box, reason } = checkedBox(one, image.size, rules);
    if (reason !== undefined) left.push({ reason, example });
    return box ? [box] : [];
  });
  return { ...image, boxes };
};
