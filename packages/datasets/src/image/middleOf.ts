/** Sides at which a picture is cut to its middle before it is resized, so that a strip cannot grow without bound. */
const MAX_RATIO = 8;

/** A part of a picture, in pixels. */
export interface Part {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** The middle of a strip, along its long side; all of a picture that is none. */
export const middleOf = ([h, w]: readonly [number, number], size: readonly [number, number]): Part => {
  const height = Math.min(h, Math.ceil((w * size[0] * MAX_RATIO) / size[1]));
  const width = Math.min(w, Math.ceil((h * size[1] * MAX_RATIO) / size[0]));
  return { top: Math.floor((h - height) / 2), left: Math.floor((w - width) / 2), height, width };
};
