import { uint8, type NdArray } from '../contracts/arrays.ts';
import type { Canvases, Samples } from '../contracts/dataset.ts';
import type { StreamSource } from '../contracts/experiment.ts';

export type { Canvases };

type Size = readonly [height: number, width: number];

const around = (a: Size, b: Size): Size => [Math.max(a[0], b[0]), Math.max(a[1], b[1])];

/** Height and width of the smallest canvas that holds the samples at these positions; `size` where there is but one. */
export const canvasOf = ({ size, canvases }: Samples, positions: ArrayLike<number>): Size => {
  if (!canvases || positions.length === 0) return size;
  const places = new Set(Array.from(positions, (p) => canvases.of[p] ?? -1));
  return [...places].map((place) => canvases.sizes[place] ?? size).reduce(around, [1, 1]);
};

/** Images at these positions, on the smallest canvas that holds them or on one of `size`: [n, H, W, 3]. */
export const readImages = async (
  samples: Samples,
  positions: ArrayLike<number>,
  size: Size = canvasOf(samples, positions),
): Promise<NdArray> => {
  const { canvases } = samples;
  const whole = size.join() === samples.size.join();
  const pixels = await (canvases && !whole ? canvases.read(positions, size) : samples.read(positions));
  return uint8(pixels, [positions.length, ...size, 3]);
};

/** Height and width of images [n, H, W, 3]. */
export const imageSize = ({
  shape: [, height = 0, width = 0],
}: {
  readonly shape: readonly number[];
}): Size => [height, width];

/** Whether batches of a step hold one canvas each. All streams of a step share one size, so there must be but one. */
const isBucketed = (streams: readonly Pick<StreamSource, 'samples'>[]): boolean => streams.length === 1;

/** All sizes that the images of a run's batches may have, the largest first. */
export const canvasSizes = (streams: readonly Pick<StreamSource, 'samples'>[]): readonly Size[] => {
  const [first] = streams;
  if (!first) return [];
  const { size, canvases } = first.samples;
  const others = isBucketed(streams) ? (canvases?.sizes ?? []) : [];
  return [size, ...others.filter((other) => other.join() !== size.join())];
};

/**
 * Images of one stream of a step: on the canvas of their batch (`all`; their own where absent), or where there are several streams on
 * the largest.
 */
export const readStream = (
  streams: readonly Pick<StreamSource, 'samples'>[],
  samples: Samples,
  positions: Int32Array,
  all = positions,
): Promise<NdArray> =>
  readImages(samples, positions, isBucketed(streams) ? canvasOf(samples, all) : samples.size);

/** The places of a list's entries by their canvas, in order; one group where samples have one canvas. */
export const groupByCanvas = ({ canvases }: Samples, positions: ArrayLike<number>): readonly number[][] => {
  const groups = new Map<number, number[]>();
  for (let i = 0; i < positions.length; i++) {
    const place = canvases?.of[positions[i] ?? -1] ?? 0;
    const group = groups.get(place);
    if (group) group.push(i);
    else groups.set(place, [i]);
  }
  return [...groups.values()];
};

/**
 * An epoch's order, in which every `batch` samples on end share a canvas: samples queue up by canvas in the given order, and a
 * full queue is a batch (mmdetection's `AspectRatioBatchSampler`). What never fills one comes last, canvas by canvas. The order
 * itself where there is one canvas.
 */
export const batchByCanvas = (samples: Samples, order: Int32Array, batch: number): Int32Array => {
  const { canvases } = samples;
  if (!canvases) return order;
  const queues = canvases.sizes.map((): number[] => []);
  const full: number[] = [];
  for (const position of order) {
    const queue = queues[canvases.of[position] ?? 0];
    queue?.push(position);
    if (queue?.length === batch) full.push(...queue.splice(0));
  }
  return Int32Array.from([...full, ...queues.flat()]);
};

/** `batchByCanvas` for the stream that paces a run of these streams. */
export const pacedByCanvas = (
  streams: readonly Pick<StreamSource, 'samples' | 'batch'>[],
  order: Int32Array,
): Int32Array => {
  const [first] = streams;
  return first && isBucketed(streams) ? batchByCanvas(first.samples, order, first.batch) : order;
};
