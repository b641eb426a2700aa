import type { Canvases } from '@understory/core';
import { bySides, canvasFor, contained, type SideBounds } from '../image/contained.ts';
import type { ParsedBoxOptions } from './options.ts';

type Size = readonly [height: number, width: number];

/** The network's image, and how large each picture is in it. */
export interface Places {
  readonly size: Size;
  readonly within: readonly Size[];
  /** Smaller images into which some of the pictures fit; absent where all lie in one of `size`. */
  readonly canvases?: Pick<Canvases, 'sizes' | 'of'>;
}

const isPortrait = ([height, width]: Size): boolean => height > width;

/** A canvas for landscape and square pictures and one for portrait ones, where there are both and they differ. */
const canvasesOf = (within: readonly Size[]): Places['canvases'] => {
  const [landscape, portrait] = [within.filter((one) => !isPortrait(one)), within.filter(isPortrait)];
  if (landscape.length === 0 || portrait.length === 0) return undefined;
  const sizes = [canvasFor(landscape), canvasFor(portrait)] as const;
  if (sizes[0].join() === sizes[1].join()) return undefined;
  return { sizes, of: Uint8Array.from(within, (one) => (isPortrait(one) ? 1 : 0)) };
};

/** Whether each picture has a scale of its own. */
export const isBySides = (size: ParsedBoxOptions['size']): size is SideBounds =>
  typeof size === 'object' && 'shortest' in size;

/** Where pictures of these sizes lie in the network's image. */
export const placesOf = (pictures: readonly Size[], size: ParsedBoxOptions['size']): Places => {
  if (isBySides(size)) {
    const within = pictures.map((picture) => bySides(picture, size));
    const canvases = canvasesOf(within);
    return { size: canvasFor(within), within, ...(canvases && { canvases }) };
  }
  const whole: Size = typeof size === 'number' ? [size, size] : size;
  return { size: whole, within: pictures.map((picture) => contained(picture, whole)) };
};
