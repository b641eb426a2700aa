import type { Canvases } from '@understory/core';
import { bySides, contained } from '../image/contained.ts';
import type { ParsedBoxOptions } from './options.ts';

type Size = readonly [height: number, width: number];

/** What networks halve their images by, five times. */
const MULTIPLE = 32;

/** The network's image, and how large each picture is in it. */
export interface Places {
  readonly size: Size;
  readonly within: readonly Size[];
  /** Smaller images into which some of the pictures fit; absent where all lie in one of `size`. */
  readonly canvases?: Pick<Canvases, 'sizes' | 'of'>;
}

/** The least multiple of 32 that holds so many pixels. */
export const upTo = (x: number): number => Math.ceil(x / MULTIPLE) * MULTIPLE;

const isPortrait = ([height, width]: Size): boolean => height > width;

/** The smallest canvas that holds all pictures. */
const canvasFor = (within: readonly Size[]): Size => {
  const most = (axis: 0 | 1): number => within.reduce((far, one) => Math.max(far, one[axis]), 1);
  return [upTo(most(0)), upTo(most(1))];
};

/** A canvas for landscape and square pictures and one for portrait ones, where there are both and they differ. */
const canvasesOf = (within: readonly Size[]): Places['canvases'] => {
  const [landscape, portrait] = [within.filter((one) => !isPortrait(one)), within.filter(isPortrait)];
  if (landscape.length === 0 || portrait.length === 0) return undefined;
  const sizes = [canvasFor(landscape), canvasFor(portrait)] as const;
  if (sizes[0].join() === sizes[1].join()) return undefined;
  return { sizes, of: Uint8Array.from(within, (one) => (isPortrait(one) ? 1 : 0)) };
};

/** Where pictures of these sizes lie in the network's image. */
export const placesOf = (pictures: readonly Size[], size: ParsedBoxOptions['size']): Places => {
  if (typeof size === 'object' && 'shortest' in size) {
    const within = pictures.map((picture) => bySides(picture, size));
    const canvases = canvasesOf(within);
    return { size: canvasFor(within), within, ...(canvases && { canvases }) };
  }
  const whole: Size = typeof size === 'number' ? [size, size] : size;
  return { size: whole, within: pictures.map((picture) => contained(picture, whole)) };
};
