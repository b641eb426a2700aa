import { BOXES, boxesSpec, float32, FRAME, frameSpec, type NdArrays, type Samples } from '@understory/core';
import type { DecodeOptions } from '../image/decodeImage.ts';
import { encodedFiles, pathOf, pictureReader } from '../image/imageSamples.ts';
import { checkPosition } from '../samples/samples.ts';
import type { AnnotatedBox, AnnotatedImage } from './annotated.ts';
import { canvasReader } from './canvasReader.ts';
import type { Places } from './places.ts';

const WIDTH = 7;
const FRAME_WIDTH = 6;
type Size = readonly [height: number, width: number];

/** Rows [n, 7] of one image's boxes, in pixels of the network's image. */
const writeRows = (
  out: Float32Array,
  at: number,
  boxes: readonly AnnotatedBox[],
  { scale, classAt }: { readonly scale: Size; readonly classAt: (name: string) => number },
): void => {
  boxes.forEach(({ corners, className, kind, area }, i) => {
    const [top, left, bottom, right] = corners;
    const [down, across] = scale;
    const own = area ?? (bottom - top) * (right - left);
    const row = [top * down, left * across, bottom * down, right * across, classAt(className), kind, own];
    out.set(row, at + i * WIDTH);
  });
};

/** All boxes of all images, packed: those of image i are the rows from `starts[i]` to `starts[i + 1]`. */
const packed = (
  images: readonly AnnotatedImage[],
  within: readonly Size[],
  classes: readonly string[],
): { readonly rows: Float32Array; readonly starts: Int32Array } => {
  const index = new Map(classes.map((name, i) => [name, i]));
  const classAt = (name: string): number => index.get(name) ?? -1;
  const starts = new Int32Array(images.length + 1);
  images.forEach(({ boxes }, i) => (starts[i + 1] = starts[i]! + boxes.length));
  const rows = new Float32Array(starts[images.length]! * WIDTH);
  images.forEach(({ boxes, size }, i) => {
    const [h, w] = within[i]!;
    writeRows(rows, starts[i]! * WIDTH, boxes, { scale: [h / size[0], w / size[1]], classAt });
  });
  return { rows, starts };
};

/** What decoding needs to know of each image: it comes onto its own canvas. */
export const decodeAt = (
  images: readonly AnnotatedImage[],
  { size, within, canvases }: Places,
  options: Pick<DecodeOptions, 'maxPixels' | 'background' | 'orientation' | 'fill'>,
): ((position: number) => DecodeOptions) => {
  const { maxPixels, background, orientation, fill } = options;
  const same: DecodeOptions = { maxPixels, background, orientation, fill, fit: 'contain' };
  return (position) => ({
    ...same,
    size: canvases?.sizes[canvases.of[position] ?? 0] ?? size,
    within: within[position],
    expected: images[position]!.size,
  });
};

export interface BoxSamplesOptions {
  readonly classes: readonly string[];
  /** Rows of the target `boxes`. */
  readonly most: number;
  readonly places: Places;
  readonly decode: (position: number) => DecodeOptions;
  /** Colour of what pictures leave free. */
  readonly fill: readonly [number, number, number];
  readonly cacheBytes: number;
}

/** Images with the targets `boxes` and `frame`; boxes are scaled with their picture. */
export const boxSamples = (images: readonly AnnotatedImage[], options: BoxSamplesOptions): Samples => {
  const { classes, most, places } = options;
  const { size, canvases } = places;
  const read = canvasReader(images, places, options);
  const { rows, starts } = packed(images, places.within, classes);
  const boxesAt = (positions: readonly number[]): Float32Array => {
    const out = new Float32Array(positions.length * most * WIDTH);
    positions.forEach((p, i) =>
      out.set(rows.subarray(starts[p]! * WIDTH, starts[p + 1]! * WIDTH), i * most * WIDTH),
    );
    return out;
  };
  const framesAt = (positions: readonly number[]): Float32Array =>
    Float32Array.from(positions.flatMap((p) => [0, 0, ...places.within[p]!, ...images[p]!.size]));
  return {
    length: images.length,
    size,
    ...(canvases && { canvases: { ...canvases, read } }),
    targets: { [BOXES]: boxesSpec(most), [FRAME]: frameSpec },
    // eslint-disable-next-line @typescript-eslint/require-await -- turns a bad position into a rejection
    readTargets: async (wanted): Promise<NdArrays> => {
      const positions = Array.from(wanted);
      for (const position of positions) checkPosition(position, images.length);
      const n = positions.length;
      return {
        [BOXES]: float32(boxesAt(positions), [n, most, WIDTH]),
        [FRAME]: float32(framesAt(positions), [n, 1, FRAME_WIDTH]),
      };
    },
    read: (positions) => read(positions, size),
    readPicture: pictureReader(encodedFiles(images), options.decode),
    describe: (position) => pathOf(images[position]!),
  };
};
